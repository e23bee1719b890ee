#include "base/text.hpp"
#include "cli/context.hpp"
#include "serve/tlstest/domain_test.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/unbound_resolver.hpp"
#include "sys/files/files.hpp"
#include "sys/tls/settings.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

struct TlsTestFlags {
    std::string domain;
    std::string resolver;
    std::vector<std::string> trust;
    std::uint16_t port = 25;
    unsigned timeout_seconds = 30;
    std::string language = "en";
};

Result<std::shared_ptr<dns::UnboundResolver>> open_resolver(const TlsTestFlags& flags)
{
    dns::UnboundOptions options;
    if (!flags.resolver.empty()) {
        SEALPOST_TRY(options.forwarder, parse_endpoint(flags.resolver));
    }
    return dns::UnboundResolver::make(std::move(options));
}

Result<std::shared_ptr<const tls::ClientContext>> open_context(const TlsTestFlags& flags)
{
    tls::ClientOptions options;
    for (const std::string& path : flags.trust) {
        SEALPOST_TRY(std::string pem, files::read_file(path, crypto::max_chain_pem_bytes));
        options.trust.pem_texts.push_back(std::move(pem));
    }
    return tls::ClientContext::make(std::move(options));
}

tlstest::DomainTestOptions options_from(const TlsTestFlags& flags)
{
    tlstest::DomainTestOptions options;
    options.port = flags.port;
    options.timeout = std::chrono::seconds(flags.timeout_seconds);
    boost::system::error_code error;
    const std::string name = boost::asio::ip::host_name(error);
    if (!error && !name.empty()) options.helo_name = name;
    return options;
}

Exit exit_for(const tlstest::DomainTestResult& result)
{
    if (result.ready()) return Exit::yes;
    return result.could_not_tell() ? Exit::temporary : Exit::no;
}

Task<void> test_into(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context, std::string domain,
                     tlstest::DomainTestOptions options, tlstest::DomainTestResult& result)
{
    auto tested = co_await tlstest::test_domain(resolver, std::move(context), std::move(domain), std::move(options));
    result = std::move(tested);
}

void test(Context& context, const TlsTestFlags& flags)
{
    auto resolver = open_resolver(flags);
    if (!resolver) return context.fail(resolver.error().in("--resolver"));
    auto client = open_context(flags);
    if (!client) return context.fail(client.error().in("--trust"));
    tlstest::DomainTestResult result;
    async::run_here([&] { return test_into(**resolver, *client, flags.domain, options_from(flags), result); });
    const auto language = flags.language == "fr" ? route::Language::fr : route::Language::en;
    context.answer(tlstest::to_json(result), tlstest::format_table(result, language));
    context.exit = exit_for(result);
}

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

void add_settings_command(CLI::App& group, Context& context)
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

void add_test_command(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<TlsTestFlags>();
    auto* command = group.add_subcommand("test", "Does mail for DOMAIN travel over TLS that verifies, on every host?");
    command->add_option("DOMAIN", flags->domain, "the part behind the @")->required();
    command->add_option("--resolver", flags->resolver, "ask this name server instead of the system's")->type_name("IP:PORT");
    command->add_option("--trust", flags->trust, "trust the authorities in this file too")->type_name("PEM");
    command->add_option("--port", flags->port, "connect to this port")->capture_default_str();
    command->add_option("--timeout", flags->timeout_seconds, "for the whole test")
        ->type_name("S")
        ->capture_default_str()
        ->check(CLI::Range(1, 3600));
    command->add_option("--language", flags->language, "of the table")->capture_default_str()->check(CLI::IsMember({"en", "fr"}));
    command->footer(
        "Follows the MX records to every address, says EHLO and STARTTLS, and checks the certificate chain\n"
        "and name. Nothing is mailed. Exit status: 0 ready, 1 not ready, 3 could not tell.\n\n"
        "Examples:\n"
        "  sealpost tls test acme.example\n"
        "  sealpost --format json tls test acme.example --trust our-root.pem\n"
        "  sealpost tls test acme.test --resolver 127.0.0.1:5353 --port 2525 --language fr");
    command->callback([&context, flags] { test(context, *flags); });
}

}  // namespace

void add_tls_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("tls", "Test the TLS of a domain's mail hosts; show what our own settings stand for");
    group->require_subcommand(1);
    add_test_command(*group, context);
    add_settings_command(*group, context);
}

}  // namespace sealpost::cli
