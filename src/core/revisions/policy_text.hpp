#pragma once

#include "core/config/schema.hpp"
#include "core/config/tree.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

using config::Problem;

// A document's text with its tree and the ids of its rows (doc/spec/policy-api.md, "Words"). It is TOML;
// whether it is a policy is for policy::parse_document to say.
class PolicyText {
public:
    struct Row {
        std::string id;
        const config::Value* table = nullptr;
        int line = 0;
    };

    // Null with a problem when it is not TOML. `name` stands for the file in the problems.
    static std::shared_ptr<const PolicyText> parse(std::string text, std::string_view name, std::vector<Problem>& problems);
    PolicyText(const PolicyText&) = delete;
    PolicyText& operator=(const PolicyText&) = delete;

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const config::Value& tree() const { return tree_; }
    // In the order of the text; empty for a section that is not written.
    [[nodiscard]] const std::vector<Row>& rows(std::string_view section) const;
    [[nodiscard]] const Row* find_row(std::string_view section, std::string_view id) const;
    // The row of the section that stands on the line.
    [[nodiscard]] const Row* find_row_at(std::string_view section, int line) const;

private:
    PolicyText() = default;
    std::string text_;
    config::Value tree_;
    std::map<std::string, std::vector<Row>, std::less<>> rows_;
};

// What is wrong with a whole text that has nothing in it, as `policy export > FILE` leaves it when it fails: nothing
// where what is live is empty, too. `name` stands for the file.
[[nodiscard]] std::optional<Problem> find_emptiness(std::string_view text, std::string_view live, std::string_view name);

// The section of the policy document; null when there is none of that name.
[[nodiscard]] const config::Section* find_section(std::string_view name);
// Whether its rows are called by what stands in them, and not by their places.
[[nodiscard]] bool has_named_rows(const config::Section& section);
// Of the key; empty where it is not there, or none.
[[nodiscard]] std::string text_of(const config::Value& table, std::string_view key);
// The id of a row from its keys and its place in the section, from 1.
[[nodiscard]] std::string make_row_id(const config::Section& section, const config::Value& table, std::size_t place);

// What exists without being written: the predefined policies and the default encryption profile.
[[nodiscard]] const PolicyText& predefined_text();

// A problem with the place in a form that it belongs to; each is empty when it is not known.
struct PlacedProblem {
    Problem problem;
    std::string section, row, field;
};
// NAME_code and NAME_facts beside the English that stands as NAME; nothing without a code.
void add_wording(boost::json::object& out, const std::string& name, const config::Wording& wording);
[[nodiscard]] boost::json::object to_json(const PlacedProblem& problem);  // Problem of policy-api.md
// From the line and key of each problem of that text.
[[nodiscard]] std::vector<PlacedProblem> place_problems(std::vector<Problem> problems, const PolicyText& text);

}  // namespace sealpost::revisions
