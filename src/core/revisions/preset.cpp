#include "core/revisions/preset.hpp"

#include "base/text.hpp"
#include "core/config/tree.hpp"
#include "core/policy/document.hpp"
#include "core/policy/envelope_services.hpp"

#include <algorithm>

namespace sealpost::revisions {

using policy::Document;
using policy::EnvelopeService;
using policy::list_envelope_services;

namespace {

std::string make_policy_text(const EnvelopeService& preset)
{
    return "# Preset " + std::string(preset.name) +
           ": TLS, and every other setting at its default.\n[[mail_flow_policy]]\nname = \"" + std::string(preset.policy) +
           "\"\nbehavior = \"accept\"\ntls = \"required\"\n\n";
}

std::string make_group_text(const EnvelopeService& preset, std::string_view listener)
{
    std::string out = "[[sender_group]]\nname = \"" + std::string(preset.group) +
                      "\"\nlistener = " + config::quote_json(listener) + "\norder = 1\npolicy = \"" + std::string(preset.policy) +
                      "\"\ncomment = \"Secure replies of the registered envelope service\"\nsenders = [\n";
    for (const auto sender : preset.senders) out += "    \"" + std::string(sender) + "\",\n";
    return out + "]\n\n";
}

// The lines of the text with the order numbers of the listener's groups one higher.
Result<std::vector<std::string>> shift_orders(std::string_view text, const Document& document, std::string_view listener)
{
    std::vector<std::string> lines;
    for (const auto line : split(text, '\n')) lines.emplace_back(line);
    for (const auto& group : document.groups) {
        if (group.listener != listener || group.order_line == 0) continue;
        auto& line = lines.at(static_cast<std::size_t>(group.order_line) - 1);
        const auto number = std::to_string(group.order);
        const auto column = static_cast<std::size_t>(group.order_column) - 1;
        // Two groups on one line, or a number written as 0x1 or +1, is beyond this simple edit.
        if (line.compare(column, number.size(), number) != 0 ||
            (line.size() > column + number.size() && is_ascii_digit(line[column + number.size()])))
            return Error{Fault::config, "line " + std::to_string(group.order_line) + ": the order of " + group.name +
                                            " cannot be moved; write it on a line of its own"};
        line.replace(column, number.size(), std::to_string(group.order + 1));
    }
    return lines;
}

}  // namespace

std::vector<std::string> list_presets()
{
    std::vector<std::string> names;
    for (const auto& preset : list_envelope_services()) names.emplace_back(preset.name);
    return names;
}

Result<std::string> add_preset(std::string_view text, std::string_view name, std::string_view listener)
{
    const auto preset = std::find_if(list_envelope_services().begin(), list_envelope_services().end(),
                                     [&](const EnvelopeService& each) { return each.name == name; });
    if (preset == list_envelope_services().end())
        return Error{Fault::config,
                     "there is no preset " + config::quote_json(name) + "; there are: " + join(list_presets(), ", ")};
    const auto parsed = policy::parse_document(text, "policy");
    if (!parsed.document) return config::to_error(parsed.problems);
    const auto& document = *parsed.document;
    int first_group_line = 0;
    for (const auto& group : document.groups) {
        if (group.listener == listener && group.name == preset->group)
            return Error{Fault::denied, "the sender group " + group.name + " is there already"};
        if (first_group_line == 0 || group.line < first_group_line) first_group_line = group.line;
    }
    SEALPOST_TRY(auto lines, shift_orders(text, document, listener));
    const bool has_policy = std::any_of(document.policies.begin(), document.policies.end(),
                                        [&](const auto& each) { return each.name == preset->policy; });
    const auto addition = (has_policy ? "" : make_policy_text(*preset)) + make_group_text(*preset, listener);
    // In front of the first group, so that groups without a number come after it.
    const auto header = first_group_line == 0 ? lines.size() : static_cast<std::size_t>(first_group_line) - 1;
    if (first_group_line != 0 && !trim(lines.at(header)).starts_with("[["))
        return Error{Fault::config,
                     "line " + std::to_string(first_group_line) + ": write sender groups as [[sender_group]] to add a preset"};
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i == header) out += addition;
        out += lines[i] + (i + 1 < lines.size() ? "\n" : "");
    }
    if (first_group_line == 0) out += (out.empty() || out.ends_with('\n') ? "" : "\n") + std::string("\n") + addition;
    return out;
}

}  // namespace sealpost::revisions
