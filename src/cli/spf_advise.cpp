#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/own_config.hpp"
#include "cli/spf_commands.hpp"
#include "core/config/node_config.hpp"
#include "serve/spfadvice/advice.hpp"
#include "sys/async/wait.hpp"

namespace sealpost::cli {
namespace {

struct AdviseFlags {
    std::string domain;
    std::string include;
    std::vector<std::string> senders;
    LookupFlags lookup{30};
    std::string language = "en";
};

// When the include is the service of this machine's own configuration, its sending addresses are known.
void add_own_senders(const Context& context, spfadvice::Order& order)
{
    const auto config = config::load_config(context.config_path);
    if (!config || !iequals(config->service.mail_domain, order.include)) return;
    order.senders = config->service.send_addresses;
}

Result<spfadvice::Order> order_from(const Context& context, const AdviseFlags& flags)
{
    spfadvice::Order order;
    order.domain = flags.domain;
    order.include = flags.include;
    if (flags.senders.empty()) add_own_senders(context, order);
    for (const auto& text : flags.senders) {
        const auto ip = parse_ip(text);
        if (!ip) return Error{Fault::config, "--sender \"" + text + "\" is not an IP address"};
        order.senders.push_back(*ip);
    }
    return order;
}

Exit exit_for(spfadvice::Conclusion conclusion)
{
    switch (conclusion) {
        case spfadvice::Conclusion::publish:
        case spfadvice::Conclusion::unchanged: return Exit::yes;
        case spfadvice::Conclusion::none: return Exit::no;
        case spfadvice::Conclusion::could_not_tell: return Exit::temporary;
    }
    return Exit::no;
}

Result<> advise(Context& context, const AdviseFlags& flags)
{
    SEALPOST_TRY(auto order, order_from(context, flags));
    SEALPOST_TRY(const auto resolver, open_lookup_resolver(context, flags.lookup.resolver));
    SEALPOST_TRY(const auto advice, async::wait_here(spfadvice::advise(*resolver, std::move(order), flags.lookup.deadline())));
    const auto language = parse_language(flags.language);
    context.answer(spfadvice::to_json(advice, language), spfadvice::format_text(advice, language));
    context.exit = exit_for(advice.conclusion);
    return {};
}

}  // namespace

void add_spf_advise(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<AdviseFlags>();
    auto* command = group.add_subcommand("advise", "The record that DOMAIN should publish so that a service may send for it");
    command->add_option("DOMAIN", flags->domain, "whose SPF record it is")->required();
    command->add_option("--include", flags->include, "the service's domain, to be included")->required()->type_name("NAME");
    command
        ->add_option("--sender", flags->senders,
                     "an address that the service sends from; may be repeated. Default: send_addresses of the configuration, "
                     "when its service is NAME")
        ->type_name("IP")
        ->allow_extra_args(false);
    add_lookup_options(*command, flags->lookup, "for everything together");
    command->add_option("--language", flags->language, "of the sentences")
        ->capture_default_str()
        ->check(CLI::IsMember({"en", "fr"}));
    command->footer(
        "Shows the record now, where it leads, every problem with its fix, and the record to publish. That one is\n"
        "offered only after both records were evaluated for every address they name, its neighbours, and some at\n"
        "random: the service passes, and nobody else's verdict changes. Publishes nothing. Exit status: 0 there is\n"
        "a record, or nothing to change; 1 none can be offered; 3 DNS did not answer.\n\n"
        "Examples:\n"
        "  sealpost spf advise acme.example --include keys.example\n"
        "  sealpost --format json spf advise acme.example --include keys.example --sender 192.0.2.10\n"
        "  sealpost spf advise acme.test --include keys.test --resolver 127.0.0.1:5353 --language fr");
    command->callback(answering(context, advise, flags));
}

}  // namespace sealpost::cli
