// Senders of groups, a page at a time, and found by text or address.
#include "base/text.hpp"
#include "core/policy/sender.hpp"
#include "core/revisions/row_pairs.hpp"
#include "core/revisions/rows.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::revisions {
namespace {

namespace json = boost::json;
using config::Value;

// Tells senders by a part of their text, or by an address or the name of a host that they cover.
class Finder {
public:
    explicit Finder(std::string_view find) : part_(ascii_lower(trim(find))), ip_(parse_ip(part_)) {}

    [[nodiscard]] bool finds(const std::string& written) const
    {
        if (part_.empty() || ascii_lower(written).find(part_) != std::string::npos) return true;
        const auto split = policy::split_annotation(written);
        const auto pattern = split ? policy::parse_sender(split->text) : config::Checked<policy::SenderPattern>(split.error());
        if (!pattern || pattern->is_condition()) return false;
        return ip_ ? policy::matches(*pattern, *ip_, "") : pattern->is_name() && policy::matches(*pattern, {}, part_);
    }

private:
    std::string part_;
    std::optional<IpAddress> ip_;
};

policy::SenderText split_sender(const std::string& written)
{
    auto split = policy::split_annotation(written);
    return split ? std::move(*split) : policy::SenderText{written, ""};
}

template <class Take>
void for_each_sender(const PolicyText::Row& row, Take take)
{
    const auto* senders = row.table->find("senders");
    if (senders == nullptr) return;
    if (senders->kind == Value::Kind::text) take(senders->text);
    for (const auto& item : senders->items) take(item.text);
}

}  // namespace

Result<json::object> list_senders(const PolicyView& view, const SenderPage& page, bool staged)
{
    const auto* row = view.shown(staged).find_row("sender_group", page.listener + '/' + page.group);
    if (row == nullptr)
        return Error{Fault::denied, "there is no sender group " + config::quote_json(page.listener + '/' + page.group)};
    const Finder finder(page.find);
    const auto from = std::max<std::size_t>(page.from, 1);
    const auto behind = from + std::clamp<std::size_t>(page.most, 1, max_page_senders);
    std::size_t total = 0;
    json::array senders;
    for_each_sender(*row, [&](const std::string& written) {
        if (!finder.finds(written)) return;
        ++total;
        if (total < from || total >= behind) return;
        const auto split = split_sender(written);
        senders.push_back(json::object{{"text", split.text}, {"comment", split.comment}});
    });
    json::value next(nullptr);
    if (total >= behind) next = behind;
    return json::object{
        {"edition", format_edition(view.edition)}, {"senders", std::move(senders)}, {"total", total}, {"next", std::move(next)}};
}

Result<json::object> find_senders(const PolicyView& view, std::string_view text, std::string_view listener, bool staged)
{
    const Finder finder(text);
    std::size_t total = 0;
    json::array found;
    for (const auto& group : sort_groups(view.shown(staged))) {
        if (!listener.empty() && group.listener != listener) continue;
        for_each_sender(*group.row, [&](const std::string& written) {
            if (!finder.finds(written) || ++total > max_found_senders) return;
            const auto split = split_sender(written);
            found.push_back(json::object{{"group", text_of(*group.row->table, "name")},
                                         {"listener", group.listener},
                                         {"order", group.order},
                                         {"policy", text_of(*group.row->table, "policy")},
                                         {"sender", split.text},
                                         {"comment", split.comment}});
        });
    }
    return json::object{{"edition", format_edition(view.edition)}, {"found", std::move(found)}, {"total", total}};
}

}  // namespace sealpost::revisions
