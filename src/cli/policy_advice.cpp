#include "cli/policy_advice.hpp"

#include "cli/answering.hpp"
#include "core/policy/last_policy.hpp"
#include "core/revisions/changes.hpp"
#include "core/revisions/unwritten.hpp"
#include "core/traffic/preview.hpp"
#include "core/traffic/traffic.hpp"
#include "serve/hatadvice/hatadvice.hpp"
#include "serve/node/resolver.hpp"
#include "sys/async/wait.hpp"

#include <memory>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using policy::Problem;
using policy::Snapshot;

constexpr std::chrono::seconds dns_time_limit{3};

struct AdviceOptions {
    bool no_dns = false;
    std::size_t last = 10'000;
    std::string edition;
};

Result<std::vector<Problem>> find_dns_warnings(const config::NodeConfig& config, std::shared_ptr<const Snapshot> snapshot)
{
    SEALPOST_TRY(std::shared_ptr<dns::Resolver> resolver, node::make_resolver(config.dns));
    hatadvice::Options options;
    options.time_limit = dns_time_limit;
    options.own_networks = hatadvice::list_own_networks(config);
    options.listeners = policy::list_listeners(config);
    return async::wait_here(hatadvice::find_warnings(std::move(resolver), std::move(snapshot), std::move(options)));
}

std::string format_warnings(const std::vector<Problem>& warnings)
{
    if (warnings.empty()) return "no warnings\n";
    std::string out;
    for (const auto& warning : warnings) out += config::format_problem(warning) + '\n';
    return out;
}

Result<> tell_warnings(Context& context, const AdviceOptions& options)
{
    // What does not fit is told below, of the document that is asked about.
    SEALPOST_TRY(const auto access, PolicyAccess::open(context.config_path, Missing::refused, PolicyAccess::Misfits::left));
    const auto listeners = policy::list_listeners(access->config());
    SEALPOST_TRY(const bool pending, access->store().has_pending());
    SEALPOST_TRY(const auto text, access->store().export_text(pending));
    auto parsed = policy::parse_document(text, "policy");
    if (!parsed.document) return config::to_error(parsed.problems);
    auto compiled = policy::compile_new(std::move(*parsed.document), listeners, 0, policy::describe_node(access->config()));
    if (!compiled.snapshot) return config::to_error(compiled.problems);
    auto warnings = std::move(compiled.warnings);
    for (auto& warning : policy::find_node_warnings(compiled.snapshot->document(), access->config()))
        warnings.push_back(std::move(warning));
    if (pending) {
        SEALPOST_TRY(const auto live, access->store().export_text(false));
        for (auto& warning : revisions::find_unwritten(live, text, listeners)) warnings.push_back(std::move(warning));
    }
    if (!options.no_dns) {
        SEALPOST_TRY(const auto more, find_dns_warnings(access->config(), compiled.snapshot));
        warnings.insert(warnings.end(), more.begin(), more.end());
    }
    context.answer(json::object{{"warnings", to_json(warnings)}, {"pending", pending}}, format_warnings(warnings));
    return {};
}

Result<std::vector<std::string>> find_not_played(const revisions::PolicyStore& store, bool pending)
{
    SEALPOST_TRY(auto before, store.export_text(false));
    SEALPOST_TRY(auto after, store.export_text(pending));
    std::vector<Problem> problems;
    const auto live = revisions::PolicyText::parse(std::move(before), "policy", problems);
    const auto staged = revisions::PolicyText::parse(std::move(after), "policy", problems);
    if (!live || !staged) return config::to_error(problems);
    return traffic::find_not_played(revisions::list_changed_keys(*live, *staged));
}

Result<> tell_preview(Context& context, const AdviceOptions& options)
{
    SEALPOST_TRY(const auto access, PolicyAccess::open(context.config_path));
    SEALPOST_TRY(const auto standing, access->store().standing());  // first: what comes later is refused by a commit of this
    SEALPOST_CHECK(revisions::check_edition(standing.edition, revisions::parse_edition(options.edition)));
    if (standing.edition.version != access->store().current()->version())
        return Error{Fault::retry_later, "somebody committed just now: look again"};
    SEALPOST_TRY(const auto after, access->store().pending());
    SEALPOST_TRY(const auto traffic, traffic::Traffic::open(access->database(), log::Log::silent()));
    SEALPOST_TRY(const auto facts, traffic->load_now(options.last));
    auto preview = traffic::make_preview(*access->store().current(), *after, facts, access->config().node.hostname);
    SEALPOST_TRY(const bool pending, access->store().has_pending());
    SEALPOST_TRY(preview.not_played, find_not_played(access->store(), pending));
    const auto edition = format_edition(standing.edition);
    std::string text = "edition " + edition + '\n' + traffic::format_preview(preview);
    if (!pending) text = "nothing is staged: this is the current policy against itself\n" + text;
    auto object = traffic::to_json(preview);
    object["edition"] = edition;
    context.answer(object, text);
    return {};
}

}  // namespace

void add_dns_warnings(PolicyAccess& access, std::shared_ptr<const Snapshot> staged, revisions::SubmitResult& result)
{
    auto warnings = find_dns_warnings(access.config(), std::move(staged));
    if (warnings.has_error()) {
        Problem problem;
        problem.key = "dns";
        problem.what = "the DNS was not asked: " + warnings.error().text;
        result.warnings.push_back(std::move(problem));
        return;
    }
    result.warnings.insert(result.warnings.end(), warnings->begin(), warnings->end());
}

void add_policy_advice_commands(CLI::App& group, Context& context)
{
    const auto options = std::make_shared<AdviceOptions>();
    auto* warnings =
        group.add_subcommand("warnings", "What deserves a second look in the staged document, or else the current one");
    warnings->add_flag("--no-dns", options->no_dns, "only what the document alone tells");
    warnings->footer("Example:\n  sealpost policy warnings");
    warnings->callback(answering(context, tell_warnings, options));

    auto* preview = group.add_subcommand("preview", "What the staged document would have changed for the mail that came lately");
    preview->add_option("--last", options->last, "so many connections, and as many messages")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    add_edition(*preview, options->edition);
    preview->footer(
        "A gateway remembers facts of its last connections and messages, without their content ([traffic] keep).\n"
        "Limits of an hour are not replayed. Examples:\n  sealpost policy submit policy.toml && sealpost policy preview --last "
        "1000\n  sealpost policy preview --edition 7.1793000000000");
    preview->callback(answering(context, tell_preview, options));
}

}  // namespace sealpost::cli
