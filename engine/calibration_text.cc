// The text that calibrates int8 models when the user gives none: written for Linnet, in many languages and
// of many kinds, from a query of one word to a paragraph.
#include "engine/calibration.h"

namespace linnet::engine {
namespace {

constexpr const char* kParagraphs[] = {
    "The old harbour lay quiet in the morning mist. Two fishing boats were tied to the wall, their nets "
    "drying in the cold air, while a man in a yellow coat counted crates of herring and wrote the numbers in "
    "a small notebook.",
    "How do I reset the password of my account?",
    "My card was declined twice at the supermarket although there is enough money on it. What should I do?",
    "The mitochondrion produces most of the chemical energy that a cell needs. It has two membranes; the "
    "inner one is folded into cristae, which hold the enzymes of the electron transport chain.",
    "for (int i = 0; i < n; ++i) { sum += a[i] * b[i]; }",
    "In 1847 the railway reached the valley. Within ten years the population had tripled, three mills stood "
    "along the river, and the first newspaper of the county was printed in a shed behind the station.",
    "Terrible product. It stopped working after two days and nobody answers my e-mails. I want my money back!",
    "best running shoes for flat feet",
    "Preheat the oven to 180 degrees. Whisk the eggs with the sugar until pale, fold in the flour and the "
    "melted butter, pour the batter into a greased tin and bake it for 35 minutes.",
    "Die Gemeinde hat beschlossen, den alten Bahnhof zu sanieren. Im Erdgeschoss soll eine Bibliothek "
    "entstehen, im ersten Stock sind Räume für Vereine vorgesehen.",
    "Shares of the company fell 4.2 % on Tuesday after it reported quarterly revenue of $1.31 billion, below "
    "the $1.38 billion that analysts had expected. The chief executive blamed weak demand in Asia.",
    "What is the capital of Australia?",
    "Le musée sera fermé du 3 au 17 novembre pour travaux. Les billets déjà achetés restent valables jusqu'à "
    "la fin de l'année.",
    "lol no way!!! did you really see him there??? 😂😂",
    "The defendant shall, within thirty (30) days after receipt of written notice, pay all amounts due under "
    "Section 7.2, together with interest at the rate set out in Schedule B.",
    "A binary search tree keeps its keys in order: every key in the left subtree is less than the key of the "
    "node, every key in the right subtree is greater. Search, insertion and deletion take time proportional to "
    "the height of the tree.",
    "Para renovar el pasaporte necesita una fotografía reciente, el documento anterior y el justificante del "
    "pago de la tasa. La cita se pide por internet.",
    "cancel my subscription",
    "The patient is a 54-year-old woman with a history of hypertension who presented with chest pain radiating "
    "to the left arm. The electrocardiogram showed ST elevation in leads II, III and aVF.",
    "Scientists have found water vapour in the atmosphere of a planet that circles a red dwarf 120 light years "
    "away. Whether there is any liquid water on its surface nobody can say yet.",
    "他每天早上六点起床，先去公园跑步，然后回家吃早饭。周末的时候，他喜欢和朋友一起去爬山。",
    "I've been using this backpack every day for a year now, on the train, on the bike, in the rain. The zips "
    "still run well and the straps do not cut. Worth every cent.",
    "SELECT name, SUM(amount) FROM orders WHERE status = 'paid' GROUP BY name HAVING SUM(amount) > 1000;",
    "Il treno per Bologna parte dal binario 4 con quindici minuti di ritardo. Ci scusiamo per il disagio.",
    "The council voted 7 to 2 in favour of the new cycle path. Work will start in March and cost about "
    "£640,000, most of it paid by the regional transport fund.",
    "weather tomorrow",
    "Photosynthesis turns carbon dioxide and water into sugar and oxygen with the energy of sunlight.",
    "Сегодня утром выпал первый снег. Дети выбежали во двор без шапок, и бабушка долго звала их домой.",
    "She opened the letter with trembling hands. There were only three words on the page, but they were in "
    "her brother's handwriting, and her brother had been dead for eleven years.",
    "Error: cannot open file '/var/log/app/server.log': permission denied (errno 13)",
    "Is it safe to take ibuprofen and paracetamol together, and how many hours should lie between the doses?",
    "O mercado municipal abre todos os dias às sete horas. Aos sábados há música ao vivo e os agricultores da "
    "região vendem queijo, mel e fruta.",
    "The second law of thermodynamics states that the entropy of an isolated system never decreases. Heat "
    "flows from the hotter body to the colder one, and no engine can turn all of it into work.",
    "great hotel, friendly staff, breakfast could be better, room was a bit noisy because of the street",
    "昨日、駅前の新しいパン屋に行きました。焼きたてのクロワッサンがとてもおいしかったので、また行きたいと思います。",
    "When was the Treaty of Westphalia signed, and which wars did it end?",
    "The goalkeeper dived to his left, but the ball bounced off the post and rolled over the line. With four "
    "minutes to play it was 2-1, and the stadium fell silent.",
    "De gemeente vraagt bewoners om het regenwater van hun dak niet meer op het riool te lozen, maar in de "
    "tuin te laten wegzakken.",
    "How can I transfer money from my savings account to an account abroad? Is there a fee?",
    "Copyright 2021. All rights reserved. No part of this publication may be reproduced without permission.",
    "Glaciers carve valleys as they move. The ice plucks rocks from the bed and drags them along, and these "
    "rocks, frozen into the sole, grind the bedrock smooth. When the ice melts, it leaves moraines, erratic "
    "boulders and long lakes behind.",
    "Na skrzyżowaniu proszę skręcić w prawo, a potem jechać prosto aż do kościoła.",
    "python list comprehension with condition",
    "The committee met on 12 May 2016 at 10:30. Present: Dr. A. Okafor (chair), Prof. L. Meyer, Ms. J. Tanaka. "
    "Apologies were received from Mr. Singh.",
    "Why does my top-up keep being rejected? I have tried it five times since yesterday.",
    "Kışın göl donar, çocuklar buzun üstünde oynar; yazın ise herkes suya girer.",
    "Inflation erodes the value of money that lies in a current account. If prices rise by three per cent a "
    "year and the account pays nothing, a hundred euros buy after ten years what seventy-four bought before.",
    "a small songbird",
    "The violin concerto in E minor was first performed in Leipzig in 1845. It differs from earlier concertos "
    "in that the soloist enters almost at once and the three movements follow each other without a pause.",
    "اجتمع مجلس المدينة أمس لمناقشة مشروع الحديقة الجديدة، ومن المقرر أن يبدأ العمل في الربيع.",
    "Please find attached the signed contract. Let me know if you need anything else. Kind regards, Martha",
    "To whom it may concern: I am writing to complain about the delay of flight 482 on 9 August, which "
    "arrived six hours late, so that I missed the wedding of my sister.",
    "You can't just say that and walk away. Tell me what happened, from the beginning, and don't leave "
    "anything out.",
    "Neural networks learn by gradient descent: the error at the output is propagated back through the layers "
    "and each weight is moved a little in the direction that makes the error smaller.",
    "우리 집 앞에는 작은 공원이 있어서 저녁마다 산책하기에 좋습니다.",
    "price of gold per ounce",
    "The bridge is 1,280 metres long and carries six lanes. It was opened to traffic on 27 May 1937, four years "
    "after work had begun, and was then the longest suspension bridge in the world.",
    "Vlak do Brna odjíždí z třetího nástupiště. Jízdenky si můžete koupit i u průvodčího.",
    "I feel so lonely since I moved to this city. Everybody at work is nice, but nobody ever asks me to come "
    "along after work.",
    "Water boils at a lower temperature high in the mountains, because the pressure of the air is lower there.",
    "https://example.org/docs/index.html?page=2&lang=en#install",
    "The Roman aqueducts used nothing but gravity. Engineers kept the fall of the channel so even that on the "
    "whole length of fifty kilometres the water dropped by only seventeen metres.",
    "यह पुस्तक मुझे मेरे दादाजी ने दी थी और मैं इसे हर साल एक बार पढ़ता हूँ।",
    "Breaking: a magnitude 6.8 earthquake struck off the coast early on Sunday; no tsunami warning was issued.",
    "can i use my phone to pay abroad",
    "Bees see ultraviolet light, which humans cannot. Many flowers that look plain to us have patterns in the "
    "ultraviolet that lead the bee to the nectar.",
    "Hôm qua trời mưa to nên chúng tôi ở nhà, nấu ăn và xem phim cùng nhau.",
    "The plot is thin and the jokes are old, but the two leads are so charming that I did not mind. Seven out "
    "of ten.",
    "Let f be a continuous function on [0, 1] with f(0) = f(1). Show that for every n there is an x such that "
    "f(x) = f(x + 1/n).",
    "Le chat dort sur le canapé pendant que la pluie tombe dehors.",
    "Which planet has the most moons?",
    "The union and the employers agreed on a wage increase of 3.5 per cent over two years. The strike, which "
    "had stopped the trains for nine days, ended at midnight.",
    "Perjalanan dari bandara ke pusat kota memakan waktu sekitar satu jam jika jalan tidak macet.",
    "Install the package with your system's package manager, then run the configuration script as root. If the "
    "service does not start, look at the journal.",
    "I was charged twice for the same purchase.",
    "Το καλοκαίρι το νησί γεμίζει κόσμο, αλλά τον χειμώνα μένουν μόνο οι ψαράδες.",
    "Deep in the forest stood a house with a single window. Every evening a light burned in it, and every "
    "morning there were fresh footprints in the snow, leading away from the door but never towards it.",
    "Plate tectonics explains why the coasts of Africa and South America fit together like pieces of a puzzle.",
    "När solen går ner blir det kallt på fjället, så ta med en extra tröja.",
    "TOTAL  12 items   EUR 84.90   VAT 19% EUR 13.55   paid by card ****4821",
    "The museum owns about forty thousand drawings, of which only a few can be shown at a time, as paper "
    "suffers from light.",
    "hi",
    "What documents do I have to bring to open a business account for a limited company?",
    "Es war einmal ein Müller, der hatte drei Söhne, seine Mühle, einen Esel und einen Kater.",
    "Antibiotics do not work against viruses. Taken without need they only help resistant bacteria to spread.",
    "According to the survey, 62 % of commuters would leave the car at home if buses ran every ten minutes; "
    "only 8 % said that nothing could make them change their habits.",
    "מזג האוויר היום נעים, ולכן החלטנו לאכול ארוחת צהריים בגינה.",
    "The senator declined to comment on the allegations, saying only that he trusted the courts.",
    "Does the warranty cover water damage? The phone fell into the sink.",
    "Les élèves de la classe de CM2 ont planté douze arbres dans la cour de l'école avec l'aide des parents.",
    "Matrix multiplication takes most of a transformer's time.",
    "这家餐厅的服务态度很好，但是菜太咸了，价格也偏高。",
    "The enzyme was purified by ion-exchange chromatography and assayed at pH 7.4 and 37 °C; the Michaelis "
    "constant was 0.21 mM.",
    "Turn left at the church, go on for two hundred metres, and you will see the pharmacy on the right, next to "
    "the post office.",
    "Nothing beats a cup of strong coffee on a cold morning by the sea.",
    "У місті відкрили нову лікарню, де працюватимуть понад двісті лікарів.",
    "We measured the drag of thirty-two model bodies in the towing tank at speeds from 0.5 to 4 m/s. Up to "
    "1.8 m/s the measured coefficients agree with the formula within the error of the balance; above it the "
    "wave resistance grows faster than the theory of thin ships predicts.",
    "Members: the painter Clara J. Holm; chess master R. D. Vance; Nobel laureate Ingrid Sørensen; novelists "
    "P. K. Adeyemi and Tomás Ruiz; the economist Wei-Lin Zhao; pianist Sir Arthur Penrose; mayors Dunne, Falk "
    "and O'Hara; B. T. Washburn, founder of the Daily Courier; actress Mia Laurent (class of 1987).",
    "thanks so much, that solved it!",
};

}  // namespace

CalibrationText built_in_calibration() {
  return {.texts = {std::begin(kParagraphs), std::end(kParagraphs)}, .source = "built-in"};
}

}  // namespace linnet::engine
