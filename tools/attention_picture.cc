#include "tools/attention_picture.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "tools/utf8.h"

namespace linnet::tools {
namespace {

constexpr int kPageWidth = 1000;   // of a line of words, in pixels
constexpr int kColumn = 9;         // of a character of the words
constexpr int kGap = 16;           // between two words
constexpr int kWordHeight = 22;
constexpr int kHighestArc = 130;
constexpr float kLeastArc = 0.02f;   // a weaker one is not drawn
constexpr float kShownArc = 0.05f;   // a weaker one is drawn under the mouse only
constexpr float kLeastCell = 0.005f;
constexpr int kMapWidth = 900;        // of all cells, in pixels, unless they would be smaller than
constexpr int kLeastSide = 4;         // so many
constexpr int kLeastNamedSide = 9;    // smaller ones have no room for words
constexpr size_t kFewArcs = 60;       // more are paler, for the words below them

constexpr std::string_view kStart = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>linnet attend</title>
<meta name="viewport" content="width=device-width">
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1e21; --faint: #767b82; --line: #e4e6e9; --back: #c2410c; --forth: #1d4ed8; --cell: #9a3412 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e8e8e6; --faint: #90969e; --line: #2a2f36; --back: #fb923c; --forth: #7aa2ff; --cell: #fdba74 }
}
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2em auto; padding: 0 1em }
h2 { font-size: 1.1em; margin: 2em 0 0 } p { color: var(--faint); margin: 0 0 .5em } .wide { overflow-x: auto }
svg { display: block; overflow: visible } text { fill: var(--ink); font: 15px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
.word text { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
.map text { font-size: var(--size) } .special, .share { fill: var(--faint) } .share { font-size: 11px }
.word rect { fill: transparent } .word { cursor: default } .from text, output { font-weight: bold }
path { fill: none; stroke: var(--back) } path.forth { stroke: var(--forth) } path.weak { display: none }
.back-end { fill: var(--back) } .forth-end { fill: var(--forth) } b.back { color: var(--back) } b.forth { color: var(--forth) }
.cell { fill: var(--cell) } .grid { fill: none; stroke: var(--line) }
svg.looking path { display: none } svg.looking path.seen { display: inline }
</style></head><body>
<svg width="0" height="0"><defs>
<marker id="b" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto"><path class="back-end" style="fill:var(--back);stroke:none" d="M0 0L8 4L0 8z"/></marker>
<marker id="f" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto"><path class="forth-end" style="fill:var(--forth);stroke:none" d="M0 0L8 4L0 8z"/></marker>
</defs></svg>
<script>
function look(e, on) {
  const word = e.target.closest && e.target.closest('.word'); if (!word) return;
  const svg = word.ownerSVGElement; svg.classList.toggle('looking', on);
  for (const arc of svg.querySelectorAll('path[data-from="' + word.dataset.word + '"]')) arc.classList.toggle('seen', on);
}
// What the cell under the mouse says, in the line above its map.
function read(e) {
  const map = e.target.closest && e.target.closest('svg.map'); if (!map) return;
  const box = map.getBoundingClientRect(), line = map.parentNode.previousElementSibling;
  const words = line.previousElementSibling.querySelectorAll('.word text');
  const row = Math.floor((e.clientY - box.top - map.dataset.at) / map.dataset.cell);
  const column = Math.floor((e.clientX - box.left - map.dataset.at) / map.dataset.cell);
  const inside = row >= 0 && column >= 0 && row < words.length && column < words.length;
  const weight = e.target.classList.contains('cell') ? (e.target.getAttribute('fill-opacity') ** 2).toFixed(2) : 'less than 0.01';
  line.querySelector('output').textContent = inside ? words[row].textContent + ' \u2192 ' + words[column].textContent + ' ' + weight : '';
}
document.addEventListener('mousemove', read);
document.addEventListener('mouseover', e => look(e, true)); document.addEventListener('mouseout', e => look(e, false));
</script>
)";

void append_number(float value, int digits, std::string& out) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits).ptr;
  out.append(text, end);
}

void append_number(int value, std::string& out) { out.append(std::to_string(value)); }

// Of any bytes what HTML can show.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : one_line(text, SIZE_MAX)) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

// Columns of a text in a font of one width; those of East Asia take two.
int columns(std::string_view text) {
  int count = 0;
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    count += step.length >= 3 ? 2 : 1;
    text.remove_prefix(step.length);
  }
  return count;
}

struct Box {
  int middle, line;  // of a word
  int top;           // of its line, once the arcs are known
};

struct Arc {
  size_t from, to;
  float weight;
  bool weak;
};

int arc_height(int distance) { return std::min(kHighestArc, 14 + distance / 4); }

// Words from left to right, line after line; `used` is how wide they got.
std::vector<Box> place_words(const WordAttention& attention, int& used) {
  std::vector<Box> boxes;
  int x = 0, line = 0;
  used = 0;
  for (const WordAttention::Word& word : attention.words) {
    const int width = kColumn * columns(word.text) + kGap;
    if (x > 0 && x + width > kPageWidth) {
      x = 0;
      ++line;
    }
    boxes.push_back({x + width / 2, line, 0});
    x += width;
    used = std::max(used, x);
  }
  return boxes;
}

std::vector<Arc> choose_arcs(const WordAttention& attention, std::span<const size_t> from) {
  const size_t n = attention.words.size();
  std::vector<Arc> arcs;
  for (size_t i = 0; i < n; ++i) {
    if (attention.words[i].special) continue;
    const bool chosen = std::find(from.begin(), from.end(), i) != from.end();
    float most = 0;
    for (size_t j = 0; j < n; ++j) {
      if (j != i && !attention.words[j].special) most = std::max(most, attention.at(i, j));
    }
    for (size_t j = 0; j < n; ++j) {
      const float weight = attention.at(i, j);
      if (j == i || attention.words[j].special || weight < kLeastArc) continue;
      const bool shown = from.empty() ? weight == most && weight >= kShownArc : chosen;
      arcs.push_back({i, j, weight, !shown});
    }
  }
  return arcs;
}

// Gives each line room for the arcs that it shows. How high the picture is.
int place_lines(std::span<const Arc> arcs, std::vector<Box>& boxes) {
  const int lines = boxes.back().line + 1;
  std::vector<int> above(static_cast<size_t>(lines), 12), below(static_cast<size_t>(lines), 12);
  for (const Arc& arc : arcs) {
    const Box &a = boxes[arc.from], &b = boxes[arc.to];
    if (a.line != b.line || arc.weak) continue;
    int& room = arc.to < arc.from ? above[static_cast<size_t>(a.line)] : below[static_cast<size_t>(a.line)];
    room = std::max(room, arc_height(std::abs(a.middle - b.middle)));
  }
  int y = 4;
  std::vector<int> top;
  for (size_t line = 0; line < above.size(); ++line) {
    top.push_back(y + above[line]);
    y = top.back() + kWordHeight + below[line] + 6;
  }
  for (Box& box : boxes) box.top = top[static_cast<size_t>(box.line)];
  return y;
}

void append_arc(const WordAttention& attention, const Arc& arc, std::span<const Box> boxes, float strength,
                std::string& out) {
  const Box &a = boxes[arc.from], &b = boxes[arc.to];
  const bool back = arc.to < arc.from;
  const auto point = [&](int x, int y) {
    append_number(x, out);
    out.append(" ");
    append_number(y, out);
    out.append(" ");
  };
  out.append("<path class=\"").append(back ? "back" : "forth").append(arc.weak ? " weak" : "");
  out.append("\" data-from=\"").append(std::to_string(arc.from)).append("\" marker-end=\"url(#");
  out.append(back ? "b" : "f").append(")\" stroke-width=\"");
  append_number(0.8f + 5 * arc.weight, 1, out);
  out.append("\" opacity=\"");
  append_number((arc.weak ? 1 : strength) * std::min(1.0f, 0.3f + arc.weight), 2, out);
  out.append("\" d=\"M");
  const int side = back ? -1 : 1;  // above or below the line
  const int leave = back ? a.top : a.top + kWordHeight;
  if (a.line == b.line) {
    const int bend = arc_height(std::abs(a.middle - b.middle)) * 4 / 3;  // three quarters of it is reached
    point(a.middle, leave);
    out.append("C");
    point(a.middle, leave + side * bend);
    point(b.middle, leave + side * bend);
    point(b.middle, leave);
  } else {  // from one line to another
    const int reach = back ? b.top + kWordHeight : b.top;
    point(a.middle, leave);
    out.append("C");
    point(a.middle, leave + side * 40);
    point(b.middle, reach - side * 40);
    point(b.middle, reach);
  }
  out.append("\"><title>").append(escaped(attention.words[arc.from].text)).append(" \u2192 ");
  out.append(escaped(attention.words[arc.to].text)).append(" ");
  append_number(arc.weight, 3, out);
  out.append("</title></path>\n");
}

void append_arcs(const WordAttention& attention, std::span<const size_t> from, std::string& out) {
  int width = 0;
  std::vector<Box> boxes = place_words(attention, width);
  std::vector<Arc> arcs = choose_arcs(attention, from);
  const int height = place_lines(arcs, boxes);
  std::ranges::stable_sort(arcs, {}, &Arc::weight);  // the strongest on top
  out.append("<div class=\"wide\"><svg width=\"").append(std::to_string(width)).append("\" height=\"");
  out.append(std::to_string(height)).append("\">\n");
  const auto shown = static_cast<size_t>(std::ranges::count(arcs, false, &Arc::weak));
  const float strength = shown <= kFewArcs ? 1 : 0.5f;
  for (const Arc& arc : arcs) append_arc(attention, arc, boxes, strength, out);
  for (size_t i = 0; i < boxes.size(); ++i) {
    const WordAttention::Word& word = attention.words[i];
    const bool chosen = std::find(from.begin(), from.end(), i) != from.end();
    const int half = (kColumn * columns(word.text) + kGap) / 2;
    out.append("<g class=\"word").append(chosen ? " from" : "").append("\" data-word=\"").append(std::to_string(i));
    out.append("\"><rect x=\"").append(std::to_string(boxes[i].middle - half)).append("\" y=\"");
    out.append(std::to_string(boxes[i].top)).append("\" width=\"").append(std::to_string(2 * half));
    out.append("\" height=\"").append(std::to_string(kWordHeight)).append("\"/><text text-anchor=\"middle\" x=\"");
    out.append(std::to_string(boxes[i].middle)).append("\" y=\"").append(std::to_string(boxes[i].top + 16));
    out.append(word.special ? "\" class=\"special\">" : "\">").append(escaped(word.text)).append("</text></g>\n");
  }
  // What the arcs of the chosen words weigh, behind their heads.
  for (const Arc& arc : arcs) {
    if (from.size() != 1 || arc.weak || arc.weight < kShownArc) continue;
    const bool back = arc.to < arc.from;
    out.append("<text class=\"share\" x=\"").append(std::to_string(boxes[arc.to].middle + 6)).append("\" y=\"");
    out.append(std::to_string(boxes[arc.to].top + (back ? -2 : kWordHeight + 10))).append("\">");
    append_number(arc.weight, 2, out);
    out.append("</text>\n");
  }
  out.append("</svg></div>\n");
}

// The word of row and column i, left of the cells and above them.
void append_label(const WordAttention::Word& word, bool chosen, int label, int middle, std::string& out) {
  const std::string text = escaped(one_line(word.text, 24)), kind = word.special ? " class=\"special\"" : "";
  out.append(chosen ? "<g class=\"from\">" : "").append("<text").append(kind).append(" text-anchor=\"end\" x=\"");
  out.append(std::to_string(label - 5)).append("\" y=\"").append(std::to_string(middle)).append("\">").append(text);
  out.append("</text>").append(chosen ? "</g>" : "").append("<text").append(kind).append(" transform=\"translate(");
  out.append(std::to_string(middle)).append(" ").append(std::to_string(label - 5)).append(") rotate(-90)\">");
  out.append(text).append("</text>\n");
}

void append_map(const WordAttention& attention, std::span<const size_t> from, std::string& out) {
  const size_t n = attention.words.size();
  const int cell = std::clamp(kMapWidth / static_cast<int>(n), kLeastSide, 24), font = std::min(13, cell - 1);
  const bool named = cell >= kLeastNamedSide;
  int longest = 1;
  for (const auto& word : attention.words) longest = std::max(longest, columns(word.text));
  const int label = named ? std::min(longest, 24) * (font * 5 / 8 + 1) + 8 : 8, side = cell * static_cast<int>(n);
  const std::string size = std::to_string(label + side + 8);
  out.append("<div class=\"wide\"><svg class=\"map\" data-at=\"").append(std::to_string(label));
  out.append("\" data-cell=\"").append(std::to_string(cell)).append("\" style=\"--size:");
  out.append(std::to_string(font)).append("px\" width=\"");
  out.append(size).append("\" height=\"").append(size).append("\">\n<rect class=\"grid\" x=\"");
  out.append(std::to_string(label)).append("\" y=\"").append(std::to_string(label)).append("\" width=\"");
  out.append(std::to_string(side)).append("\" height=\"").append(std::to_string(side)).append("\"/>\n");
  for (size_t i = 0; i < n; ++i) {
    const bool chosen = std::find(from.begin(), from.end(), i) != from.end();
    const int middle = label + cell * static_cast<int>(i) + cell / 2 + font / 3;
    if (named) append_label(attention.words[i], chosen, label, middle, out);
    for (size_t j = 0; j < n; ++j) {
      const float weight = attention.at(i, j);
      if (weight < kLeastCell) continue;
      out.append("<rect class=\"cell\" x=\"").append(std::to_string(label + cell * static_cast<int>(j)));
      out.append("\" y=\"").append(std::to_string(label + cell * static_cast<int>(i))).append("\" width=\"");
      out.append(std::to_string(cell)).append("\" height=\"").append(std::to_string(cell)).append("\" fill-opacity=\"");
      append_number(std::sqrt(std::min(weight, 1.0f)), 3, out);
      out.append("\"/>\n");
    }
  }
  out.append("</svg></div>\n");
}

// The mean, over all words that are not special, of what goes to those that are.
float special_share(const WordAttention& attention) {
  float sum = 0;
  size_t rows = 0;
  for (size_t i = 0; i < attention.words.size(); ++i) {
    if (attention.words[i].special) continue;
    ++rows;
    for (size_t j = 0; j < attention.words.size(); ++j) {
      if (attention.words[j].special) sum += attention.at(i, j);
    }
  }
  return rows == 0 ? 0 : sum / static_cast<float>(rows);
}

}  // namespace

std::string_view picture_page_start() { return kStart; }

void append_picture(const WordAttention& attention, std::span<const size_t> from, const std::string& title,
                    std::string& out) {
  out.append("<h2>").append(escaped(title)).append("</h2>\n<p>");
  out.append(from.empty() ? "The strongest arc of each word" : "The arcs of the chosen word");
  out.append(": <b class=\"back\">above</b> to an earlier word, <b class=\"forth\">below</b> to a later one. ");
  append_number(100 * special_share(attention), 0, out);
  out.append(" % of what the words look at is the model's special tokens, which have no arcs.</p>\n");
  append_arcs(attention, from, out);
  out.append("<p>Row by row what each word looks at: the stronger the colour, the more (by its square root). <output></output></p>\n");
  append_map(attention, from, out);
}

}  // namespace linnet::tools
