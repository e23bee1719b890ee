#include "core/revisions/edit.hpp"

#include "core/revisions/document_text.hpp"
#include "core/revisions/group_order.hpp"
#include "core/revisions/references.hpp"
#include "core/revisions/sender_lines.hpp"

#include <algorithm>
#include <unordered_set>

namespace sealpost::revisions {
namespace {

using config::say;

constexpr std::string_view groups = "sender_group";
constexpr std::size_t max_told_lines = 20;
constexpr std::int64_t max_place = 1'000'000;  // what the key table allows for sender_group.order

class Editor {
public:
    explicit Editor(DocumentText document) : document_(std::move(document)) {}

    Edited run(const std::vector<Edit>& edits)
    {
        for (const auto& edit : edits) {
            edit_ = &edit;
            section_ = find_section(edit.section);
            apply();
            if (!edited_.problems.empty()) return std::move(edited_);
        }
        edited_.text = document_.text();
        return std::move(edited_);
    }

private:
    void refuse(std::string field, config::Sentence what, config::Sentence hint = {})
    {
        PlacedProblem placed;
        placed.problem = config::make_problem("", 0, field.empty() ? edit_->section : edit_->section + '.' + field,
                                              std::move(what), std::move(hint));
        placed.section = edit_->section;
        placed.row = edit_->row;
        placed.field = std::move(field);
        edited_.problems.push_back(std::move(placed));
    }

    void apply()
    {
        if (section_ == nullptr) return refuse("", say("no_section", "there is no such section"));
        if (!is_editable()) return;
        switch (edit_->kind) {
            case Edit::Kind::put: return put();
            case Edit::Kind::remove: return remove();
            case Edit::Kind::move: return move();
            case Edit::Kind::add_senders: return add_senders();
            case Edit::Kind::remove_senders: return remove_senders();
        }
    }

    // An edit may touch its neighbours, so the whole section must be understood.
    bool is_editable()
    {
        const auto checked = document_.check_editable(section_->name);
        if (checked.has_error()) refuse("", checked.error());
        return checked.has_value();
    }

    std::optional<std::size_t> find_row(const std::string& id)
    {
        const auto index = document_.find_row(section_->name, id);
        if (!index) refuse("", say("no_row", "there is no row {row}", {config::quote_json(id)}));
        return index;
    }

    [[nodiscard]] bool is_predefined(const std::string& id) const
    {
        return predefined_text().find_row(section_->name, id) != nullptr;
    }

    void put()
    {
        for (const auto& [name, value] : edit_->values)
            if (std::none_of(section_->keys.begin(), section_->keys.end(),
                             [&wanted = name](const auto& key) { return key.name == wanted; }))
                refuse(name, say("unknown_key", "unknown key"));
        if (!edit_->before.empty() && !find_row(edit_->before)) return;
        if (!edited_.problems.empty()) return;
        auto values = edit_->values;
        const bool is_new = edit_->row.empty() || (!document_.find_row(section_->name, edit_->row) && is_predefined(edit_->row));
        if (is_new && !edit_->row.empty()) {
            // What names the predefined row would go on meaning it, beside a second row of the other name.
            if (values.emplace("name", config::Value::of_text(edit_->row)).first->second.text != edit_->row)
                return refuse("name",
                              say("predefined_keeps_name", "{row} is predefined and not written, so it has no other name",
                                  {config::quote_json(edit_->row)}),
                              say("add_row", "add a row of that name"));
        }
        if (section_->name == groups) return put_group(std::move(values), is_new);
        if (is_new) {
            const auto at = edit_->before.empty() ? document_.find_end(section_->name)
                                                  : document_.find_row(section_->name, edit_->before).value();
            return document_.insert(at, make_row(*section_, values));
        }
        const auto index = find_row(edit_->row);
        if (!index) return;
        const auto before = edit_->before.empty() ? std::nullopt : document_.find_row(section_->name, edit_->before);
        const auto old_name = text_of(document_.at(*index).table, "name");
        write_values(document_.at(*index), values);
        follow_name(old_name, text_of(document_.at(*index).table, "name"));
        if (before && *before != *index) move_row(*index, *before);
    }

    // Whatever names a row goes on naming it.
    void follow_name(const std::string& from, const std::string& to)
    {
        if (from.empty() || to.empty() || from == to) return;
        if (const auto followed = rename_references(document_, section_->name, from, to); followed.has_error())
            refuse("name", followed.error());
    }

    void write_values(DocumentText::Row& row, const std::map<std::string, config::Value>& values)
    {
        const auto members = row.table.members;
        for (const auto& member : members)
            if (!values.contains(member.key)) remove_key(row, member.key);
        for (const auto& key : section_->keys)
            if (const auto at = values.find(std::string(key.name)); at != values.end()) write_key(row, at->first, at->second);
    }

    void move_row(std::size_t from, std::size_t before)
    {
        auto row = document_.take(from);
        document_.insert(before > from ? before - 1 : before, std::move(row));
    }

    // What the form does not send stays: senders have calls of their own, and the place is there anyway.
    void put_group(std::map<std::string, config::Value> values, bool is_new)
    {
        std::string old_listener;
        std::int64_t from = 0;
        std::optional<std::size_t> index;
        if (!is_new) {
            index = find_row(edit_->row);
            if (!index) return;
            const auto& row = document_.at(*index);
            old_listener = text_of(row.table, "listener");
            from = list_orders(document_, old_listener).at(edit_->row);
            if (const auto* senders = row.table.find("senders")) values.emplace("senders", *senders);
        }
        const auto at = values.find("listener");
        const std::string listener = at == values.end() ? "" : at->second.text;
        if (!check_before(values, listener)) return;
        auto old_orders = list_orders(document_, old_listener);
        old_orders.erase(edit_->row);
        auto orders = listener == old_listener ? old_orders : list_orders(document_, listener);
        if (listener != old_listener) from = 0;
        const auto order = values.find("order");
        const bool is_number = order != values.end() && order->second.kind == config::Value::Kind::number;
        const auto place = is_number ? order->second.number : choose_order(orders, from, listener);
        if (place < 1 || place > max_place)
            return refuse("order", say("out_of_range", "{value} is out of range", {std::to_string(place)}),
                          say("from_to", "from {least} to {most}", {"1", std::to_string(max_place)}));
        const bool keeps_text = index && document_.at(*index).table.find("order") == nullptr && place == from;
        if (order == values.end() && !keeps_text) values.emplace("order", config::Value::of_number(place));
        make_room(orders, from, place);
        if (index)
            write_values(document_.at(*index), values);
        else
            document_.insert(find_group_place(listener, place), make_row(*section_, values));
        orders[listener + '/' + (values.contains("name") ? values.at("name").text : "")] = place;
        write_orders(document_, listener, orders);
        if (listener != old_listener) settle(old_listener, old_orders);
    }

    // Where a group is to stand in front of another, that one is of its listener, and no number says another place. That a group
    // has no listener is for the document's check to say.
    bool check_before(const std::map<std::string, config::Value>& values, const std::string& listener)
    {
        if (edit_->before.empty()) return true;
        if (values.contains("order")) {
            refuse("order", say("order_and_before", "is a place, and so is the group that it is to stand in front of"),
                   say("name_one", "name one of them"));
            return false;
        }
        const auto other = text_of(document_.at(document_.find_row(groups, edit_->before).value()).table, "listener");
        if (listener.empty() || other == listener) return true;
        refuse("listener", say("before_other_listener", "{row} stands on another listener", {config::quote_json(edit_->before)}),
               say("name_its_group", "name a group of {listener}", {config::quote_json(listener)}));
        return false;
    }

    // In front of the row `before`, else where it is, else behind all.
    [[nodiscard]] std::int64_t choose_order(const GroupOrders& orders, std::int64_t from, const std::string& listener) const
    {
        if (const auto before = orders.find(edit_->before); before != orders.end()) {
            const bool moves_down = from != 0 && from < before->second;
            return before->second - (moves_down ? 1 : 0);
        }
        if (from != 0) return from;
        std::int64_t last = 0;
        for (const auto& group : list_groups(document_, listener)) last = std::max(last, group.order);
        return last + 1;
    }

    // A new group is written where it is read: in front of the first one that comes behind it.
    [[nodiscard]] std::size_t find_group_place(const std::string& listener, std::int64_t order) const
    {
        const auto all = list_groups(document_, listener);
        const auto behind = std::find_if(all.begin(), all.end(), [&](const auto& group) { return group.order >= order; });
        if (behind != all.end()) return behind->index;
        return all.empty() ? document_.find_end(groups) : all.back().index + 1;
    }

    // Numbers that nobody wrote may change, as long as the groups follow each other as before.
    void settle(const std::string& listener, const GroupOrders& orders)
    {
        if (!has_sequence(document_, listener, orders)) write_orders(document_, listener, orders);
    }

    void remove()
    {
        if (!document_.find_row(section_->name, edit_->row) && is_predefined(edit_->row))
            return refuse("", say("is_predefined", "{row} is predefined and not written", {config::quote_json(edit_->row)}));
        const auto index = find_row(edit_->row);
        if (!index) return;
        const auto listener = text_of(document_.at(*index).table, "listener");
        auto orders = list_orders(document_, listener);
        orders.erase(edit_->row);
        document_.take(*index);
        if (section_->name == groups) settle(listener, orders);
    }

    void move()
    {
        const auto index = find_row(edit_->row);
        if (!index) return;
        if (edit_->to < 1 || edit_->to > max_place)
            return refuse("", say("no_place", "there is no place {place}", {std::to_string(edit_->to)}),
                          say("first_is_1", "the first is 1"));
        if (section_->name == groups) return move_group(text_of(document_.at(*index).table, "listener"));
        auto row = document_.take(*index);
        const auto rows = document_.list_rows(section_->name);
        const auto place = std::min(static_cast<std::size_t>(edit_->to) - 1, rows.size());
        const auto at = rows.empty() ? *index : place < rows.size() ? rows[place] : rows.back() + 1;
        document_.insert(at, std::move(row));
    }

    void move_group(const std::string& listener)
    {
        auto orders = list_orders(document_, listener);
        const auto from = orders.at(edit_->row);
        orders.erase(edit_->row);
        make_room(orders, from, edit_->to);
        orders[edit_->row] = edit_->to;
        write_orders(document_, listener, orders);
    }

    std::optional<std::size_t> find_group()
    {
        if (section_->name == groups) return find_row(edit_->row);
        refuse("", say("has_no_senders", "has no senders"), say("group_has_senders", "sender_group has them"));
        return std::nullopt;
    }

    [[nodiscard]] static config::Value list_of(const config::Value* senders)
    {
        config::Value list;
        list.kind = config::Value::Kind::list;
        if (senders == nullptr) return list;
        if (senders->kind == config::Value::Kind::list) return *senders;
        list.items.push_back(*senders);
        return list;
    }

    void add_senders()
    {
        const auto index = find_group();
        if (!index) return;
        auto& row = document_.at(*index);
        const auto* written = row.table.find("senders");
        const auto verdicts = check_lines(edit_->text, written);
        auto list = list_of(written);
        const auto before = list.items.size();
        for (const auto& verdict : verdicts) {
            if (verdict.kind == SenderVerdict::Kind::ok) list.items.push_back(config::Value::of_text(format_entry(verdict)));
            if (verdict.kind != SenderVerdict::Kind::refused || edited_.problems.size() == max_told_lines) continue;
            refuse("senders", verdict.note, say("pasted_line", "line {line} of what was pasted", {std::to_string(verdict.line)}));
        }
        edited_.senders.insert(edited_.senders.end(), verdicts.begin(), verdicts.end());
        if (edited_.problems.empty() && list.items.size() != before) write_key(row, "senders", list);
    }

    void remove_senders()
    {
        const auto index = find_group();
        if (!index) return;
        auto& row = document_.at(*index);
        std::unordered_set<std::string> going;
        for (const auto& sender : edit_->senders) {
            const auto normal = normalise_sender(sender);
            going.insert(normal.empty() ? sender : normal);
        }
        auto list = list_of(row.table.find("senders"));
        std::unordered_set<std::string> found;
        std::erase_if(list.items, [&](const config::Value& item) {
            const auto normal = normalise_sender(item.text);
            const auto& wanted = normal.empty() ? item.text : normal;
            return going.contains(wanted) && (found.insert(wanted), true);
        });
        for (const auto& sender : going)
            if (!found.contains(sender))
                return refuse("senders",
                              say("sender_not_there", "{sender} does not stand in the group", {config::quote_json(sender)}));
        if (!found.empty()) write_key(row, "senders", list);
    }

    DocumentText document_;
    Edited edited_;
    const Edit* edit_ = nullptr;
    const config::Section* section_ = nullptr;
};

}  // namespace

Edited apply_edits(const PolicyText& text, const std::vector<Edit>& edits)
{
    return Editor(DocumentText::parse(text)).run(edits);
}

}  // namespace sealpost::revisions
