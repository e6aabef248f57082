// RecordReader: the records that it gives, of the rows that it reads. With join_rows a record is known to be whole
// when a row with another text has been read, which then begins the next one.
#include "tools/records.h"
#include "tools/string_list.h"

namespace linnet::tools {

Result<bool> RecordReader::next(Record& record) {
  if (!options_.join_rows) return next_row(record);
  while (!whole_group_ && !rows_ended_) take_row();
  if (!whole_group_ && !rows_status_.ok()) return rows_status_;
  if (!whole_group_) return false;
  record = std::move(whole_group_->record);
  whole_group_.reset();
  return true;
}

bool RecordReader::ready() {
  if (!options_.join_rows) return row_ready();
  while (!whole_group_ && !rows_ended_ && row_ready()) take_row();
  return whole_group_ || rows_ended_;
}

// Of the records given so far: whoever begins here reads the rows of the next one anew.
InputPosition RecordReader::position() const {
  if (whole_group_) return whole_group_->begin;
  return group_ ? group_->begin : row_position();
}

// Reads one row. REQUIRES: no group is whole, and there may be rows.
void RecordReader::take_row() {
  InputPosition begin = row_position();
  Record row;
  const Result<bool> more = next_row(row);
  if (!more.ok() || !more.value()) {
    rows_ended_ = true;
    if (!more.ok()) rows_status_ = more.status();
    if (more.ok() && !interrupted_) finish_group();
    return;
  }
  // Nobody knows the text of a bad row: it makes the record before it bad or, where there is none, the next one.
  const bool joins = group_ && (!row.problem.ok() || !group_->has_text || row.text == group_->record.text);
  if (!joins) {
    finish_group();
    group_ = Group{.record = {}, .begin = std::move(begin), .has_text = false};
    group_->record.id = std::move(row.id);
    group_->record.kept = std::move(row.kept);
    group_->record.source = row.source;
    group_->record.line = row.line;
  }
  add_to_group(std::move(row));
}

void RecordReader::add_to_group(Record row) {
  Record& record = group_->record;
  if (row.problem.ok() && !group_->has_text) {
    record.text = std::move(row.text);
    group_->has_text = true;
  }
  if (!record.problem.ok()) return;
  append_item(row.pair, record.pair);
  record.problem = std::move(row.problem);
  if (record.problem.ok() && record.pair.size() > options_.max_record) {
    record.problem = {Code::kUnsupported, "up to here the rows of this record have more than " +
                                              std::to_string(options_.max_record) +
                                              " bytes; --max-record N allows more"};
  }
  if (record.problem.ok()) return;
  std::string().swap(record.pair);
  record.source = row.source;  // the place to tell
  record.line = row.line;
}

void RecordReader::finish_group() {
  if (!group_) return;
  whole_group_ = std::move(group_);
  group_.reset();
}

}  // namespace linnet::tools
