#pragma once

#include "core/config/schema.hpp"
#include "core/policy/document.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::policy {

// The value of a choice, which was checked: the words stand in the order of the enumerators.
template <class Enum, std::size_t N>
Enum word_to(const std::string& word, const std::array<std::string_view, N>& words)
{
    return static_cast<Enum>(std::find(words.begin(), words.end(), word) - words.begin());
}

// Takes checked tables over into a Document, one function a table, and collects every problem.
class DocumentReader {
public:
    DocumentReader(const config::CheckedFile& file, std::string_view name, ParsedDocument& parsed)
        : file_(file), name_(name), parsed_(parsed)
    {
    }
    void read(Document& out);

private:
    using Table = config::CheckedTable;

    void refuse(int line, std::string key, config::Sentence what, config::Sentence hint = {});
    void note(int line, std::string key, config::Sentence what);

    void read_policies(Document& out);
    void read_listener_defaults(Document& out);
    void read_groups(Document& out);
    void read_senders(const Table& table, SenderGroup& group);
    void read_recipients(Document& out);
    void read_routes(Document& out);
    void read_route_hosts(const Table& table, Route& route);
    void read_destinations(Document& out);
    void read_profiles(Document& out);
    void read_rules(Document& out);
    void read_rule_conditions(const Table& table, EncryptionRule& rule);
    void read_exceptions(Document& out);
    void read_bounce_profiles(Document& out);
    void read_address_lists(Document& out);
    void read_aliases(Document& out);
    void read_masquerades(Document& out);
    void read_domain_maps(Document& out);

    // The patterns of a key in normal form, with those of an address list in place of "list:NAME"; each bad one is a
    // problem. read_address_lists comes first.
    std::vector<std::string> read_addresses(const Table& table, std::string_view section, std::string_view key);
    // Patterns without lists and without ALL.
    std::vector<std::string> read_own_addresses(const Table& table, std::string_view section, std::string_view key);
    std::vector<std::string> read_domains(const Table& table, std::string_view section, std::string_view key);
    std::vector<std::string> read_patterns(const Table& table, const std::string& key,
                                           config::Checked<std::string> (*parse)(std::string_view));
    void read_list(const config::Value& item, const std::string& key, std::vector<std::string>& out);
    void check_parameters(const Table& table, std::string_view section);  // those that are lists
    void check_sealers(const Table& table, std::string_view section);     // arc_trusted_sealers are host names
    std::vector<HeaderCondition> read_headers(const Table& table, const std::string& key);
    void check_expression(int line, const std::string& key, const std::string& expression);
    // Names must not be empty nor stand twice in one kind of table.
    bool check_name(const Table& table, const std::string& section, std::vector<std::string>& known);

    const config::CheckedFile& file_;
    std::string_view name_;
    ParsedDocument& parsed_;
    const Document* out_ = nullptr;  // what was read so far
};

}  // namespace sealpost::policy
