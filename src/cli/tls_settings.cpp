#include "cli/tls_settings.hpp"
#include "base/text.hpp"
#include "sys/tls/settings.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

json::array list_of(std::string_view joined)
{
    json::array list;
    if (joined.empty()) return list;
    for (const std::string_view word : split(joined, ':')) list.emplace_back(word);
    return list;
}

json::object to_json(const tls::SettingsTerms& terms)
{
    return {{"name", tls::format_settings(terms.settings)},
            {"purpose", terms.purpose},
            {"least_protocol", "TLSv" + std::string(tls::format_version(terms.least))},
            {"most_protocol", "TLSv" + std::string(tls::format_version(terms.most))},
            {"tls1_3_suites", list_of(terms.suites)},
            {"listener_ciphers", list_of(tls::listener_ciphers(terms))},
            {"delivery_ciphers", list_of(tls::delivery_ciphers(terms))},
            {"groups", list_of(terms.groups)},
            {"signature_algorithms", list_of(terms.signature_algorithms)},
            {"listener_security_level", terms.listener_level},
            {"delivery_security_level", terms.delivery_level},
            {"server_preference", true},
            {"renegotiation", false},
            {"compression", false},
            {"early_data", false},
            {"tickets", tls::tickets_a_connection},
            {"ticket_lifetime_seconds", std::chrono::seconds(tls::ticket_lifetime).count()},
            {"ticket_key_period_seconds", std::chrono::seconds(tls::ticket_key_period).count()}};
}

void show_settings(Context& context, const std::string& name)
{
    std::span<const tls::SettingsTerms> which = tls::all_terms();
    if (const auto settings = tls::parse_settings(name)) which = {&tls::terms_of(*settings), 1};
    json::array all;
    for (const tls::SettingsTerms& terms : which) all.push_back(to_json(terms));
    context.answer(json::object{{"settings", all}}, tls::describe_settings(which));
}

}  // namespace

void add_tls_settings(CLI::App& group, Context& context)
{
    auto name = std::make_shared<std::string>();
    auto* command = group.add_subcommand("settings", "What the TLS settings modern, intermediate and legacy stand for");
    command->add_option("NAME", *name, "this one only")->check(CLI::IsMember({"modern", "intermediate", "legacy"}));
    command->footer(
        "The configuration names one for incoming mail, for deliveries and for pages: [tls] inbound, outbound, pages.\n\n"
        "Examples:\n"
        "  sealpost tls settings\n"
        "  sealpost --format json tls settings intermediate");
    command->callback([&context, name] { show_settings(context, *name); });
}

}  // namespace sealpost::cli
