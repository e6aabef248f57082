#include "tokenizer/build_automaton.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace linnet::tokenizer {
namespace {

constexpr uint32_t kNone = ~uint32_t{0};

// ---- the tries and their failure links ---------------------------------------------------------------

struct TrieNode {
  std::vector<std::pair<uint32_t, uint32_t>> children;  // by symbol, in order: the node
  uint32_t parent = kNone, symbol = 0, depth = 0;
  int32_t id = -1;
  uint32_t next = kNone;           // the failure link
  std::vector<Emitted> emitted;    // the failure pops
};

class Tries {
 public:
  uint32_t add_trie(std::vector<TokenSymbols> tokens) {
    std::sort(tokens.begin(), tokens.end(), [](const TokenSymbols& a, const TokenSymbols& b) {
      return a.symbols < b.symbols;
    });
    const auto root = static_cast<uint32_t>(nodes_.size());
    nodes_.emplace_back();
    for (const TokenSymbols& token : tokens) {
      uint32_t at = root;
      for (const uint32_t symbol : token.symbols) {  // in order: a child that is there is the last
        const auto& children = nodes_[at].children;
        at = !children.empty() && children.back().first == symbol ? children.back().second
                                                                   : add_child(at, symbol);
      }
      nodes_[at].id = token.id;
    }
    return root;
  }

  // Nodes by depth, each after all that are nearer to a root: then its link leads to one that is known.
  std::vector<uint32_t> by_depth(uint32_t word_root, uint32_t piece_root) const {
    std::vector<uint32_t> order = {word_root, piece_root};
    for (size_t i = 0; i < order.size(); ++i) {
      for (const auto& [symbol, child] : nodes_[order[i]].children) order.push_back(child);
    }
    return order;
  }

  // Song et al., algorithm 2: a token is split off whole; else what the parent splits off, and then what
  // has to be split off before the symbol can follow.
  void link(const std::vector<uint32_t>& order, uint32_t piece_root) {
    for (const uint32_t at : order) {
      TrieNode& node = nodes_[at];
      if (node.parent == kNone) continue;
      if (node.id >= 0) {
        node.next = piece_root;
        node.emitted = {{node.id, node.depth}};
        continue;
      }
      uint32_t from = nodes_[node.parent].next;
      std::vector<Emitted> emitted = nodes_[node.parent].emitted;
      while (from != kNone) {
        const uint32_t child = child_of(from, node.symbol);
        if (child != kNone) {
          node.next = child;
          node.emitted = std::move(emitted);
          break;
        }
        const auto& more = nodes_[from].emitted;
        emitted.insert(emitted.end(), more.begin(), more.end());
        from = nodes_[from].next;
      }
    }
  }

  const TrieNode& operator[](uint32_t at) const { return nodes_[at]; }
  size_t size() const { return nodes_.size(); }

 private:
  uint32_t add_child(uint32_t parent, uint32_t symbol) {
    const auto child = static_cast<uint32_t>(nodes_.size());
    nodes_[parent].children.emplace_back(symbol, child);
    TrieNode node;
    node.parent = parent;
    node.symbol = symbol;
    node.depth = nodes_[parent].depth + 1;
    nodes_.push_back(std::move(node));
    return child;
  }
  uint32_t child_of(uint32_t parent, uint32_t symbol) const {
    const auto& children = nodes_[parent].children;
    const auto at = std::lower_bound(children.begin(), children.end(), std::pair(symbol, uint32_t{0}));
    return at == children.end() || at->first != symbol ? kNone : at->second;
  }

  std::vector<TrieNode> nodes_;
};

// ---- the double array --------------------------------------------------------------------------------

// Places of nodes: which are free, as a list in order. Grows by whole stretches of `stride` places, so
// that base ^ symbol is a place for every base in it.
class Places {
 public:
  explicit Places(uint32_t stride) : stride_(stride) { grow(); }

  uint32_t size() const { return static_cast<uint32_t>(used_.size()); }
  void take(uint32_t place) {
    used_[place] = true;
    next_[previous_[place]] = next_[place];
    previous_[next_[place]] = previous_[place];
  }

  // A base that puts every child on a free place; takes them. A search gives up after some tries, and the
  // next one begins where it ended: a few places stay free.
  uint32_t base_for(const std::vector<std::pair<uint32_t, uint32_t>>& children) {
    const bool one = children.size() == 1;
    uint32_t place = one ? next_[0] : next_[used_[from_] ? 0 : from_];
    for (int tries = 0; place != 0; place = next_[place]) {
      const uint32_t base = place ^ children[0].first;
      const bool fits = std::none_of(children.begin(), children.end(),
                                     [&](const auto& child) { return used_[base ^ child.first]; });
      if (fits) return take_all(base, children);
      if (++tries == 400) from_ = place;
      if (tries == 400) break;
    }
    const uint32_t base = size() ^ children[0].first;
    grow();
    return take_all(base, children);
  }

 private:
  uint32_t take_all(uint32_t base, const std::vector<std::pair<uint32_t, uint32_t>>& children) {
    for (const auto& [symbol, child] : children) take(base ^ symbol);
    return base;
  }
  void grow() {
    const uint32_t begin = size(), end = begin + stride_;
    used_.resize(end, false);
    next_.resize(end);
    previous_.resize(end);
    for (uint32_t place = begin; place < end; ++place) {  // place 0 is the head of the list
      const uint32_t last = place == 0 ? 0 : previous_[0];
      previous_[place] = last;
      next_[last] = place;
      next_[place] = 0;
      previous_[0] = place;
    }
    if (begin == 0) used_[0] = true;
  }

  uint32_t stride_, from_ = 0;
  std::vector<bool> used_;
  std::vector<uint32_t> next_, previous_;
};

}  // namespace

Automaton build_automaton(std::vector<TokenSymbols> words, std::vector<TokenSymbols> pieces,
                          uint32_t num_symbols) {
  Tries tries;
  const uint32_t word_root = tries.add_trie(std::move(words));
  const uint32_t piece_root = tries.add_trie(std::move(pieces));
  const std::vector<uint32_t> order = tries.by_depth(word_root, piece_root);
  tries.link(order, piece_root);

  Automaton automaton;
  automaton.word_root = 1;
  automaton.piece_root = 2;
  Places places(std::max(uint32_t{8}, std::bit_ceil(num_symbols + 1)));
  places.take(1);
  places.take(2);
  std::vector<uint32_t> place_of(tries.size(), 0);
  place_of[word_root] = automaton.word_root;
  place_of[piece_root] = automaton.piece_root;
  std::vector<uint32_t> base_of(tries.size(), 0);
  for (const uint32_t at : order) {
    const auto& children = tries[at].children;
    if (children.empty()) continue;
    base_of[at] = places.base_for(children);
    for (const auto& [symbol, child] : children) place_of[child] = base_of[at] ^ symbol;
  }

  automaton.nodes.resize(places.size(), {0, 0});
  automaton.failures.resize(places.size(), {0, 0});
  automaton.depths.resize(places.size(), 0);
  std::map<std::vector<std::pair<int32_t, uint32_t>>, uint32_t> known;  // lists of more than one token
  for (const uint32_t at : order) {
    const TrieNode& node = tries[at];
    const uint32_t place = place_of[at];
    automaton.nodes[place] = {base_of[at], node.parent == kNone ? 0 : place_of[node.parent]};
    automaton.depths[place] = static_cast<uint16_t>(node.depth);
    if (node.next == kNone) continue;
    Failure& failure = automaton.failures[place];
    failure.next = place_of[node.next];
    if (node.emitted.size() == 1) {
      failure.tokens = static_cast<uint32_t>(node.emitted[0].id);
      continue;
    }
    std::vector<std::pair<int32_t, uint32_t>> list;
    for (const Emitted& token : node.emitted) list.emplace_back(token.id, token.symbols);
    const auto [known_at, is_new] =
        known.emplace(std::move(list), static_cast<uint32_t>(automaton.emitted.size()));
    if (is_new) {
      automaton.emitted.push_back({0, static_cast<uint32_t>(node.emitted.size())});
      automaton.emitted.insert(automaton.emitted.end(), node.emitted.begin(), node.emitted.end());
    }
    failure.tokens = kManyTokens | known_at->second;
  }
  return automaton;
}

}  // namespace linnet::tokenizer
