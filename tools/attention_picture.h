// tools/attention_picture.h - attention as a picture: a section of an HTML page that needs no other file.
//
//   arcs      from each word to the words it looks at: above the line to earlier ones, below to later ones
//   heat map  row by row what each word looks at
//
// Light or dark as the reader's system is; with a script of some lines a word under the mouse shows its arcs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/word_attention.h"

namespace linnet::tools {

// What stands before the first section.
std::string_view picture_page_start();

// from: words of which alone the arcs are shown; none: the strongest arc of every word.
void append_picture(const WordAttention& attention, std::span<const size_t> from, const std::string& title,
                    std::string& out);

}  // namespace linnet::tools
