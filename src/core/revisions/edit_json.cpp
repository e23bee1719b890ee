// POST edit: from JSON to edits.
#include "base/text.hpp"
#include "core/revisions/edit.hpp"
#include "core/revisions/value_json.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <utility>

namespace sealpost::revisions {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, Edit::Kind>, 5> kinds = {{{"put", Edit::Kind::put},
                                                                           {"remove", Edit::Kind::remove},
                                                                           {"move", Edit::Kind::move},
                                                                           {"add_senders", Edit::Kind::add_senders},
                                                                           {"remove_senders", Edit::Kind::remove_senders}}};

Error refuse(const std::string& place, std::string_view what) { return {Fault::config, place + ": " + std::string(what)}; }

Result<> read_text(const json::object& object, std::string_view key, std::string& out, const std::string& place)
{
    const auto* value = object.if_contains(key);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_string()) return refuse(place + '.' + std::string(key), "must be a string");
    out = value->get_string();
    return {};
}

Result<> read_values(const json::object& object, Edit& edit, const std::string& place)
{
    const auto* values = object.if_contains("values");
    if (values == nullptr || !values->is_object()) return refuse(place + ".values", "an object of keys is missing");
    for (const auto& [key, json] : values->get_object()) {
        if (json.is_null()) continue;  // as if it were not there
        auto value = parse_value(json);
        if (!value)
            return refuse(place + ".values." + std::string(key),
                          "must be a string, a whole number, true or false, or a list of these");
        edit.values.emplace(key, std::move(*value));
    }
    return {};
}

Result<> read_senders(const json::object& object, Edit& edit, const std::string& place)
{
    const auto* senders = object.if_contains("senders");
    if (senders == nullptr || !senders->is_array()) return refuse(place + ".senders", "a list of senders is missing");
    if (senders->get_array().size() > max_removed_senders)
        return refuse(place + ".senders", "more than " + std::to_string(max_removed_senders) + " at once");
    for (const auto& sender : senders->get_array()) {
        if (!sender.is_string()) return refuse(place + ".senders", "must hold strings");
        edit.senders.emplace_back(sender.get_string());
    }
    return {};
}

Result<Edit> parse_edit(const json::value& json, const std::string& place)
{
    const auto* object = json.if_object();
    if (object == nullptr) return refuse(place, "must be an object");
    Edit edit;
    std::string word;
    SEALPOST_CHECK(read_text(*object, "do", word, place));
    const auto* kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.first == word; });
    if (kind == kinds.end()) return refuse(place + ".do", "must be put, remove, move, add_senders or remove_senders");
    edit.kind = kind->second;
    SEALPOST_CHECK(read_text(*object, "section", edit.section, place));
    SEALPOST_CHECK(read_text(*object, "row", edit.row, place));
    SEALPOST_CHECK(read_text(*object, "before", edit.before, place));
    SEALPOST_CHECK(read_text(*object, "text", edit.text, place));
    const bool is_about_senders = edit.kind == Edit::Kind::add_senders || edit.kind == Edit::Kind::remove_senders;
    if (is_about_senders && edit.section.empty()) edit.section = "sender_group";
    if (edit.section.empty()) return refuse(place + ".section", "is missing");
    if (edit.row.empty() && edit.kind != Edit::Kind::put) return refuse(place + ".row", "is missing");
    if (edit.kind == Edit::Kind::put) SEALPOST_CHECK(read_values(*object, edit, place));
    if (edit.kind == Edit::Kind::remove_senders) SEALPOST_CHECK(read_senders(*object, edit, place));
    if (edit.kind == Edit::Kind::move) {
        const auto* to = object->if_contains("to");
        if (to == nullptr || !to->is_int64()) return refuse(place + ".to", "a place, from 1, is missing");
        edit.to = to->get_int64();
    }
    return edit;
}

}  // namespace

Result<std::vector<Edit>> parse_edits(const json::value& changes)
{
    const auto* list = changes.if_array();
    if (list == nullptr) return refuse("changes", "must be a list");
    if (list->size() > max_edits) return refuse("changes", "more than " + std::to_string(max_edits) + " at once");
    std::vector<Edit> edits;
    for (std::size_t i = 0; i < list->size(); ++i) {
        SEALPOST_TRY(auto edit, parse_edit((*list)[i], "changes[" + std::to_string(i) + ']'));
        edits.push_back(std::move(edit));
    }
    return edits;
}

}  // namespace sealpost::revisions
