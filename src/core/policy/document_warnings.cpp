// Warnings of a document beside what the node has: sources of facts, listeners.
#include "base/text.hpp"
#include "core/policy/sender.hpp"
#include "core/policy/snapshot.hpp"

#include <algorithm>

namespace sealpost::policy {

using config::say;

std::vector<Problem> find_source_warnings(const Document& document, const config::NodeConfig& config)
{
    std::vector<Problem> warnings;
    const auto look = [&](const SenderEntry& sender, SenderPattern::Kind kind, bool has_source, const std::string& section) {
        if (has_source || parse_sender(sender.text).value().kind != kind) return;
        auto what = section == "country"
                        ? say("no_country_source",
                              "{sender} asks for what nobody tells: sealpost.toml has no [country] source, so no host has a "
                              "country",
                              {config::quote_json(sender.text)})
                        : say("no_reputation_source",
                              "{sender} asks for what nobody tells: sealpost.toml has no [reputation] source, so no host has a "
                              "score",
                              {config::quote_json(sender.text)});
        warnings.push_back(
            config::make_problem("policy", sender.line, "sender_group.senders", std::move(what),
                                 say("add_source", "add [{section}] with source = \"file:…\" or \"dns:…\"", {section})));
    };
    for (const auto& group : document.groups)
        for (const auto& sender : group.senders) {
            look(sender, SenderPattern::Kind::country, config.country.has_value(), "country");
            look(sender, SenderPattern::Kind::reputation, config.reputation.has_value(), "reputation");
        }
    return warnings;
}

std::vector<Problem> find_recipient_warnings(const Document& document, const std::vector<ListenerInfo>& listeners)
{
    std::vector<std::string> names;
    for (const auto& listener : listeners)
        if (listener.kind == ListenerKind::public_mail) names.push_back(listener.name);
    const auto is_accepted = [&](const RecipientRow& row) {
        const auto is_whole = [](const std::string& address) { return !address.ends_with('@'); };  // user@ names no domain
        if (!row.accept || std::ranges::none_of(row.addresses, is_whole)) return false;
        return row.listeners.empty() ||
               std::ranges::any_of(row.listeners, [&](const auto& name) { return std::ranges::count(names, name) > 0; });
    };
    if (names.empty() || std::ranges::any_of(document.recipients, is_accepted)) return {};
    return {config::make_problem("policy", 0, "recipient",
                                 say("no_recipient",
                                     "no recipient is accepted on a public listener ({listeners}): whoever may not relay is "
                                     "refused with every message",
                                     {join(names, ", ")}),
                                 say("add_recipients", "add [[recipient]] with the domains that mail is taken for"))};
}

std::vector<Problem> find_node_warnings(const Document& document, const config::NodeConfig& config)
{
    auto warnings = find_recipient_warnings(document, list_listeners(config));
    for (auto& warning : find_source_warnings(document, config)) warnings.push_back(std::move(warning));
    return warnings;
}

}  // namespace sealpost::policy
