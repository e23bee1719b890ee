#include "base/special_networks.hpp"
#include "cli/own_config.hpp"
#include "cli/tls_batch.hpp"
#include "cli/tls_settings.hpp"
#include "serve/node/domain_test.hpp"
#include "serve/tlstest/domain_test.hpp"
#include "sys/async/wait.hpp"

#include <unistd.h>
#include <iostream>

namespace sealpost::cli {
namespace {

struct TlsTestFlags {
    std::string domain;
    std::string trust_anchor;
    std::uint16_t mta_sts_port = 0;  // 0: the configuration's
    std::vector<std::string> trust;
    std::uint16_t port = 0;
    LookupFlags lookup{30};
    std::string language = "en";
    bool fetch_missing = false;
    bool batch = false;
    std::size_t concurrency = TlsBatchOptions().concurrency;
};

// Which client tests, whom it asks for names, and how.
struct Tester {
    std::shared_ptr<dns::Resolver> resolver;
    std::shared_ptr<const tls::ClientContext> context;
    tlstest::DomainTestOptions options;
};

Result<std::shared_ptr<dns::Resolver>> open_resolver(const TlsTestFlags& flags, const config::NodeConfig* config)
{
    if (flags.trust_anchor.empty()) return open_own_resolver(flags.lookup.resolver, config);
    config::NodeConfig::Dns dns = config ? config->dns : config::NodeConfig::Dns();
    dns.trust_anchor = flags.trust_anchor;
    auto resolver = open_own_resolver(flags.lookup.resolver, nullptr, dns);
    if (!resolver) return resolver.error().in("--trust-anchor");
    return resolver;
}

// As the node connects, where there is one: its name and source address.
tlstest::DomainTestOptions options_from(const TlsTestFlags& flags, const config::NodeConfig* config)
{
    auto options = config ? node::make_domain_test_options(*config) : node::make_domain_test_options();
    if (flags.port != 0) options.port = flags.port;
    if (flags.mta_sts_port != 0) options.mta_sts_port = flags.mta_sts_port;
    options.timeout = flags.lookup.timeout();
    return options;
}

Result<Tester> make_tester(const Context& node, const TlsTestFlags& flags)
{
    Tester tester;
    SEALPOST_TRY(const auto own, load_own_config(node));
    const auto* config = own ? &*own : nullptr;
    SEALPOST_TRY(tester.resolver, open_resolver(flags, config));
    auto context = open_own_trust(flags.trust, config);
    if (!context) return flags.trust.empty() ? context.error() : context.error().in("--trust");
    tester.context = std::move(*context);
    tester.options = options_from(flags, config);
    if (flags.fetch_missing)
        tester.options.fetcher = std::make_shared<tlstest::IssuerFetcher>(tester.resolver, tester.context, is_public_address);
    return tester;
}

// For somebody who looks on; a program that reads our output is not disturbed.
void show_progress(const tlstest::HostResult& host)
{
    std::cerr << host.mx << ' ' << (host.address.empty() ? "-" : host.address) << ": " << route::format_verdict(host.verdict)
              << '\n';
}

Exit exit_for(const tlstest::DomainTestResult& result)
{
    if (result.ready()) return Exit::yes;
    return result.could_not_tell() ? Exit::temporary : Exit::no;
}

void test_one(Context& context, const TlsTestFlags& flags, Tester tester)
{
    if (isatty(STDERR_FILENO) == 1) tester.options.on_result = show_progress;
    const auto result =
        async::wait_here(tlstest::test_domain(*tester.resolver, tester.context, flags.domain, std::move(tester.options)));
    const auto language = parse_language(flags.language);
    context.answer(tlstest::to_json(result, language), tlstest::format_table(result, language));
    context.exit = exit_for(result);
}

void test(Context& context, const TlsTestFlags& flags)
{
    if (flags.batch != flags.domain.empty())
        return context.fail({Fault::config, flags.batch ? "--batch reads its domains from standard input: leave DOMAIN out"
                                                        : "DOMAIN is missing: the part behind the @"});
    if (!flags.batch) {
        const auto checked = check_domain(flags.domain);
        if (checked.has_error()) return context.fail(checked.error());
    }
    auto tester = make_tester(context, flags);
    if (!tester) return context.fail(tester.error());
    if (!flags.batch) return test_one(context, flags, std::move(*tester));
    TlsBatchOptions options;
    options.test = tester->options;
    options.concurrency = flags.concurrency;
    options.language = parse_language(flags.language);
    const auto done = run_tls_batch(*tester->resolver, tester->context, options);
    if (!done) context.fail(done.error());
}

void add_test_options(CLI::App& command, TlsTestFlags& flags)
{
    command.add_option("DOMAIN", flags.domain, "the part behind the @");
    add_lookup_options(command, flags.lookup, "for the whole test of a domain");
    command.add_option("--trust-anchor", flags.trust_anchor, "validate every answer of DNS against these DS or DNSKEY records")
        ->type_name("FILE");
    command.add_option("--trust", flags.trust, "trust the authorities in this file, too")
        ->type_name("PEM")
        ->allow_extra_args(false);
    command.add_option("--port", flags.port, "connect to this port; default: the configuration's, or 25");
    command.add_option("--mta-sts-port", flags.mta_sts_port,
                       "fetch the MTA-STS policy from this port; default: the configuration's, or 443");
    command.add_option("--language", flags.language, "of the table, and of \"fix\" in JSON")
        ->capture_default_str()
        ->check(CLI::IsMember({"en", "fr"}));
    command.add_flag("--fetch-missing", flags.fetch_missing,
                     "fetch a missing certificate from the http address that the chain names, to see what it completes");
    command.add_flag("--batch", flags.batch, "read domains from standard input, one a line");
    command.add_option("--concurrency", flags.concurrency, "with --batch: domains tested at the same time")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
}

}  // namespace

void add_tls_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("tls", "Test the TLS of a domain's mail hosts; show what our own settings stand for");
    group->require_subcommand(1);
    group->footer("Examples:\n  sealpost tls test acme.example\n  sealpost tls settings");
    auto flags = std::make_shared<TlsTestFlags>();
    auto* command = group->add_subcommand("test", "Does mail for DOMAIN travel over TLS that verifies, on every host?");
    add_test_options(*command, *flags);
    command->footer(
        "Follows the MX records to every address, says EHLO and STARTTLS, and checks the certificate chain\n"
        "and name, or the TLSA records (DANE), and the MTA-STS policy. Nothing is mailed.\n"
        "Exit status: 0 ready, 1 not ready, 3 could not tell.\n\n"
        "--batch writes one line of JSON for each domain as it is done, with the line that was \"asked\", and exits 0\n"
        "whatever it found.\n\n"
        "Examples:\n"
        "  sealpost tls test acme.example\n"
        "  sealpost --format json tls test acme.example --trust our-root.pem\n"
        "  sealpost tls test acme.test --resolver 127.0.0.1:5353 --port 2525 --language fr\n"
        "  sealpost tls test acme.example --fetch-missing\n"
        "  sealpost tls test --batch --concurrency 64 < domains.txt > found.jsonl");
    command->callback([&context, flags] { test(context, *flags); });
    add_tls_settings(*group, context);
}

}  // namespace sealpost::cli
