#pragma once

#include "core/revisions/policy_text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// A document taken apart into its tables, so that one of them can be rewritten, moved or removed: the one place
// that knows how tables are cut and written. A row owns its header, its keys and the comment directly above it
// (but not one that opens the document); all else stays where it is.
class DocumentText {
public:
    struct Row {
        const config::Section* section = nullptr;  // null: no table of the policy
        config::Value table;
        std::string text;
        std::string gap = {};     // what stands between it and the next
        bool is_editable = true;  // false: written in a way that is not understood
    };

    [[nodiscard]] static DocumentText parse(const PolicyText& text);
    [[nodiscard]] std::string text() const;

    // The rows of a section, in the order of the text.
    [[nodiscard]] std::vector<std::size_t> list_rows(std::string_view section) const;
    // config: not every row of the section stands under a header of its own with keys that are understood.
    [[nodiscard]] config::Checked<> check_editable(std::string_view section) const;
    [[nodiscard]] std::optional<std::size_t> find_row(std::string_view section, std::string_view id) const;
    [[nodiscard]] Row& at(std::size_t index) { return rows_.at(index); }
    [[nodiscard]] const Row& at(std::size_t index) const { return rows_.at(index); }
    // Behind the last row of the section, or else at the end.
    [[nodiscard]] std::size_t find_end(std::string_view section) const;

    void insert(std::size_t index, Row row);  // in front of the row that has this index now
    Row take(std::size_t index);

private:
    std::string prologue_;
    std::vector<Row> rows_;
    std::vector<std::string> foreign_;  // sections written otherwise
};

// A row with these keys, in the order of the section. The keys are the section's.
[[nodiscard]] DocumentText::Row make_row(const config::Section& section, const std::map<std::string, config::Value>& values);
// Writes one key; a value that is there already stays as it is written.
void write_key(DocumentText::Row& row, const std::string& key, const config::Value& value);
void remove_key(DocumentText::Row& row, std::string_view key);
// Where the key, or an item of its list, is the text `from` it becomes `to`; comments and all else of the list stay.
void replace_text(DocumentText::Row& row, std::string_view key, const std::string& from, const std::string& to);

}  // namespace sealpost::revisions
