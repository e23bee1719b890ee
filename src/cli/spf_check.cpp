#include "cli/answering.hpp"
#include "cli/own_config.hpp"
#include "cli/spf_batch.hpp"
#include "cli/spf_commands.hpp"
#include "cli/spf_report.hpp"
#include "serve/spfadvice/check_json.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/cached_resolver.hpp"

namespace sealpost::cli {
namespace {

struct SpfCheckFlags {
    std::string ip;
    std::optional<std::string> helo;
    std::optional<std::string> mail_from;
    std::string receiver;
    LookupFlags lookup{static_cast<unsigned>(spf::default_time_limit.count())};
    bool batch = false;
    bool trace = false;
    unsigned at_once = 100;
};

Result<> check_one(Context& context, const SpfCheckFlags& flags, dns::Resolver& resolver)
{
    SEALPOST_TRY(const auto asked, make_spf_question(flags.ip, flags.helo, flags.mail_from, flags.receiver));
    const spf::Evaluator evaluator(resolver);
    const auto report = async::wait_here(evaluator.check(asked.question, asked.identity, flags.lookup.deadline()));
    boost::json::object object = spfadvice::to_json(report);
    object.emplace("trace", boost::json::array());
    context.answer(object, format_tree(report));
    return {};
}

Result<> check(Context& context, const SpfCheckFlags& flags)
{
    const bool has_question = !flags.ip.empty() || flags.helo || flags.mail_from;
    if (flags.batch && has_question)
        return Error{Fault::config, "--batch reads its questions from standard input: leave --ip, --helo and --mail-from out"};
    SEALPOST_TRY(const auto resolver, open_lookup_resolver(context, flags.lookup.resolver));
    if (!flags.batch) return check_one(context, flags, *resolver);
    SpfBatchOptions options;
    options.time_limit = flags.lookup.timeout();
    options.at_once = flags.at_once;
    options.keep_trace = flags.trace;
    options.receiver = flags.receiver;
    dns::CachedResolver cached(*resolver);
    return run_spf_batch(cached, options);
}

void add_flags(CLI::App& command, SpfCheckFlags& flags)
{
    command.add_option("--ip", flags.ip, "the client that connects")->type_name("IP");
    command.add_option("--helo", flags.helo, "the name that it says in HELO or EHLO")->type_name("NAME");
    command.add_option("--mail-from", flags.mail_from, "the sender of the envelope; \"\" or \"<>\" is the null reverse-path")
        ->type_name("ADDR");
    command.add_option("--receiver", flags.receiver, "our host name, for the macro %{r}")->type_name("NAME");
    add_lookup_options(command, flags.lookup, "for each evaluation");
    command.add_flag("--batch", flags.batch, "read questions from standard input, one JSON object a line");
    command.add_flag("--trace", flags.trace, "with --batch: the path that led to each result, too");
    command.add_option("--concurrency", flags.at_once, "with --batch: evaluations under way at the same time")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 10000));
}

}  // namespace

void add_spf_check(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<SpfCheckFlags>();
    auto* command = group.add_subcommand("check", "May this client send for this domain, and why?");
    add_flags(*command, *flags);
    command->footer(
        "Evaluates MAIL FROM when it is given (the null reverse-path by the HELO name), otherwise HELO. The\n"
        "exit status is 0 whatever the result: none, neutral, pass, fail, softfail, temperror or permerror.\n\n"
        "--batch reads lines {\"id\",\"ip\",\"helo\",\"mail_from\"} (and \"receiver\", if you like; without \"mail_from\" HELO\n"
        "is evaluated) and writes one line for each with its id, as they are done. A line that makes no sense\n"
        "is answered with its number and an \"error\", and the rest goes on.\n\n"
        "Examples:\n"
        "  sealpost spf check --ip 192.0.2.1 --helo mx.acme.example --mail-from alice@acme.example\n"
        "  sealpost --format json spf check --ip 2001:db8::25 --helo mx.acme.example --resolver 127.0.0.1:5353\n"
        "  sealpost spf check --batch --resolver 127.0.0.1:5353 < questions.jsonl");
    command->callback(answering(context, check, flags));
}

}  // namespace sealpost::cli
