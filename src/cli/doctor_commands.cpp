#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/own_config.hpp"
#include "cli/policy_access.hpp"
#include "serve/doctor/doctor.hpp"
#include "serve/node/doctor_parts.hpp"
#include "serve/node/domain_test.hpp"
#include "sys/async/wait.hpp"
#include "wire/mail/mailbox.hpp"

namespace sealpost::cli {
namespace {

struct DoctorFlags {
    std::string domain;
    std::string include;
    std::vector<std::string> selectors;
    std::vector<std::string> trust;
    std::uint16_t port = 0;
    LookupFlags lookup{60};
    std::string language = "en";
};

Result<> add_own_policy(const Context& context, const config::NodeConfig& config, doctor::Parts& parts)
{
    if (!config.node.is_gateway) return {};
    SEALPOST_TRY(auto decider, find_decider(context.config_path));
    parts.snapshot = std::move(decider.snapshot);
    parts.listeners = policy::list_listeners(config);
    return {};
}

Result<doctor::Parts> parts_from(const DoctorFlags& flags, const config::NodeConfig* config)
{
    doctor::Parts parts = config ? node::doctor_parts_of(*config) : doctor::Parts();
    SEALPOST_TRY(parts.resolver, open_own_resolver(flags.lookup.resolver, config));
    SEALPOST_TRY(const auto trust, open_own_trust(flags.trust, config));
    auto test = config ? node::make_domain_test_options(*config) : node::make_domain_test_options();
    if (flags.port != 0) test.port = flags.port;
    test.timeout = std::chrono::milliseconds(flags.lookup.timeout()) / 2;  // the rest is for the other sections
    parts.test = [resolver = parts.resolver, trust, test](std::string domain) {
        return tlstest::test_domain(*resolver, trust, std::move(domain), test);
    };
    // What the configuration knows of its own service says nothing about another one.
    if (!flags.include.empty() && !iequals(flags.include, parts.include)) parts.send_addresses.clear();
    if (!flags.include.empty()) parts.include = flags.include;
    const auto ascii = mail::parse_domain(flags.domain);
    const std::string domain = dns::normalise_name(ascii ? *ascii : flags.domain).value_or(flags.domain);
    for (const std::string& selector : flags.selectors) parts.selectors.push_back({domain, selector});
    return parts;
}

Exit exit_for(const doctor::Examination& examination)
{
    if (examination.is_healthy()) return Exit::yes;
    return examination.could_not_tell() ? Exit::temporary : Exit::no;
}

Result<> examine(Context& context, const DoctorFlags& flags)
{
    SEALPOST_CHECK(check_domain(flags.domain));
    SEALPOST_TRY(const auto config, load_own_config(context));
    SEALPOST_TRY(auto parts, parts_from(flags, config ? &*config : nullptr));
    if (config) SEALPOST_CHECK(add_own_policy(context, *config, parts));
    const auto examination = async::wait_here(doctor::examine(std::move(parts), flags.domain, flags.lookup.deadline()));
    const auto language = parse_language(flags.language);
    context.answer(doctor::to_json(examination, language), doctor::format_text(examination, language));
    context.exit = exit_for(examination);
    return {};
}

}  // namespace

void add_doctor_commands(CLI::App& app, Context& context)
{
    auto flags = std::make_shared<DoctorFlags>();
    auto* command = app.add_subcommand("doctor", "One page about the mail of a domain: what is well, what is not, what mends it");
    command->add_option("DOMAIN", flags->domain, "the part behind the @")->required();
    command
        ->add_option("--include", flags->include,
                     "the mail domain of the envelope service; default: the one of the configuration")
        ->type_name("NAME");
    command->add_option("--selector", flags->selectors, "a DKIM selector to look at; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    add_lookup_options(*command, flags->lookup, "for everything together; the TLS test gets half");
    command->add_option("--trust", flags->trust, "trust the authorities in this file, too")->type_name("PEM");
    command->add_option("--port", flags->port, "connect to this port; default: the configuration's, or 25");
    command->add_option("--language", flags->language, "of the page")->capture_default_str()->check(CLI::IsMember({"en", "fr"}));
    command->footer(
        "Looks at MX, the TLS of each host, DANE and MTA-STS, SPF with and without the service's include, DKIM, DMARC,\n"
        "TLS reports, whether the host access table of this node takes the service's hosts with TLS required, and the DNS "
        "lists\n"
        "that it asks (RFC 5782). Changes nothing, mails nothing. Exit status: 0 healthy, 1 something is to be mended, 3 could "
        "not tell.\n\n"
        "Examples:\n"
        "  sealpost doctor acme.example\n"
        "  sealpost doctor acme.example --include keys.example --selector s1\n"
        "  sealpost --format json doctor acme.test --resolver 127.0.0.1:5353 --trust our-root.pem --port 2525");
    command->callback(answering(context, examine, flags));
}

}  // namespace sealpost::cli
