#include "cli/context.hpp"
#include "serve/node/resolver.hpp"
#include "serve/tlstest/domain_test.hpp"
#include "sys/async/workers.hpp"
#include "sys/files/files.hpp"

#include <boost/asio/ip/host_name.hpp>

namespace sealpost::cli {
namespace {

struct TlsTestFlags {
    std::string domain;
    std::string resolver;
    std::string trust_anchor;
    std::uint16_t mta_sts_port = 443;
    std::vector<std::string> trust;
    std::uint16_t port = 25;
    unsigned timeout_seconds = 30;
    std::string language = "en";
};

Result<std::shared_ptr<dns::UnboundResolver>> open_resolver(const TlsTestFlags& flags)
{
    config::NodeConfig::Dns dns;
    if (!flags.resolver.empty()) {
        SEALPOST_TRY(dns.resolver, parse_endpoint(flags.resolver));
    }
    dns.trust_anchor = flags.trust_anchor;
    return node::make_resolver(dns);
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
    options.mta_sts_port = flags.mta_sts_port;
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

}  // namespace

void add_tls_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("tls", "Test the TLS of a domain's mail hosts");
    group->require_subcommand(1);
    auto flags = std::make_shared<TlsTestFlags>();
    auto* command = group->add_subcommand("test", "Does mail for DOMAIN travel over TLS that verifies, on every host?");
    command->add_option("DOMAIN", flags->domain, "the part behind the @")->required();
    command->add_option("--resolver", flags->resolver, "ask this name server instead of the system's")->type_name("IP:PORT");
    command->add_option("--trust-anchor", flags->trust_anchor, "validate every answer of DNS against these DS or DNSKEY records")
        ->type_name("FILE");
    command->add_option("--trust", flags->trust, "trust the authorities in this file too")->type_name("PEM");
    command->add_option("--port", flags->port, "connect to this port")->capture_default_str();
    command->add_option("--mta-sts-port", flags->mta_sts_port, "fetch the MTA-STS policy from this port")->capture_default_str();
    command->add_option("--timeout", flags->timeout_seconds, "for the whole test")
        ->type_name("S")
        ->capture_default_str()
        ->check(CLI::Range(1, 3600));
    command->add_option("--language", flags->language, "of the table")->capture_default_str()->check(CLI::IsMember({"en", "fr"}));
    command->footer(
        "Follows the MX records to every address, says EHLO and STARTTLS, and checks the certificate chain\n"
        "and name, or the TLSA records (DANE), and the MTA-STS policy. Nothing is mailed.\n"
        "Exit status: 0 ready, 1 not ready, 3 could not tell.\n\n"
        "Examples:\n"
        "  sealpost tls test acme.example\n"
        "  sealpost --format json tls test acme.example --trust our-root.pem\n"
        "  sealpost tls test acme.test --resolver 127.0.0.1:5353 --port 2525 --language fr");
    command->callback([&context, flags] { test(context, *flags); });
}

}  // namespace sealpost::cli
