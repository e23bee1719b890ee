#include "core/revisions/preset.hpp"

#include "base/text.hpp"
#include "core/policy/envelope_services.hpp"
#include "core/revisions/document_text.hpp"
#include "core/revisions/group_order.hpp"

#include <algorithm>

namespace sealpost::revisions {

using config::Value;
using policy::EnvelopeService;
using policy::list_envelope_services;

namespace {

DocumentText::Row make_policy_row(const EnvelopeService& preset)
{
    auto row = make_row(*find_section("mail_flow_policy"), {{"name", Value::of_text(std::string(preset.policy))},
                                                            {"behavior", Value::of_text("accept")},
                                                            {"tls", Value::of_text("required")}});
    row.text = "# Preset " + std::string(preset.name) + ": TLS, and every other setting at its default.\n" + row.text;
    return row;
}

DocumentText::Row make_group_row(const EnvelopeService& preset, std::string_view listener)
{
    Value senders;
    senders.kind = Value::Kind::list;
    for (const auto sender : preset.senders) senders.items.push_back(Value::of_text(std::string(sender)));
    return make_row(*find_section("sender_group"),
                    {{"name", Value::of_text(std::string(preset.group))},
                     {"listener", Value::of_text(std::string(listener))},
                     {"order", Value::of_number(1)},
                     {"policy", Value::of_text(std::string(preset.policy))},
                     {"comment", Value::of_text("Secure replies of the registered envelope service")},
                     {"senders", senders}});
}

}  // namespace

std::vector<std::string> list_presets()
{
    std::vector<std::string> names;
    for (const auto& preset : list_envelope_services()) names.emplace_back(preset.name);
    return names;
}

std::vector<std::string> list_preset_groups(std::string_view name)
{
    std::vector<std::string> groups;
    for (const auto& preset : list_envelope_services())
        if (preset.name == name) groups.emplace_back(preset.group);
    return groups;
}

Result<std::string> add_preset(std::string_view text, std::string_view name, std::string_view listener)
{
    const auto preset = std::find_if(list_envelope_services().begin(), list_envelope_services().end(),
                                     [&](const EnvelopeService& each) { return each.name == name; });
    if (preset == list_envelope_services().end())
        return Error{Fault::config,
                     "there is no preset " + config::quote_json(name) + "; there are: " + join(list_presets(), ", ")};
    std::vector<Problem> problems;
    const auto parsed = PolicyText::parse(std::string(text), "policy", problems);
    if (!parsed) return config::to_error(problems);
    const auto id = std::string(listener) + '/' + std::string(preset->group);
    if (parsed->find_row("sender_group", id) != nullptr)
        return Error{Fault::denied, "the sender group " + std::string(preset->group) + " is there already"};
    auto document = DocumentText::parse(*parsed);
    for (const char* section : {"mail_flow_policy", "sender_group"})
        if (auto checked = document.check_editable(section); checked.has_error()) return to_error(checked.error());
    if (!document.find_row("mail_flow_policy", preset->policy))
        document.insert(document.find_end("mail_flow_policy"), make_policy_row(*preset));
    const auto groups = list_groups(document, listener);
    auto orders = list_orders(document, listener);
    make_room(orders, 0, 1);
    document.insert(groups.empty() ? document.find_end("sender_group") : groups.front().index, make_group_row(*preset, listener));
    write_orders(document, listener, orders);
    return document.text();
}

}  // namespace sealpost::revisions
