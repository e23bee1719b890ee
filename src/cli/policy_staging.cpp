#include "cli/policy_staging.hpp"

#include "cli/policy_advice.hpp"
#include "cli/service_store.hpp"
#include "wire/mail/visible_text.hpp"

#include <cstdlib>
#include <iostream>

#include <pwd.h>
#include <unistd.h>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using revisions::Outcome;
using revisions::SubmitResult;

std::string_view format_kind(SubmitResult::Kind kind)
{
    switch (kind) {
        case SubmitResult::Kind::staged: return "staged";
        case SubmitResult::Kind::unchanged: return "unchanged";
        case SubmitResult::Kind::refused: return "refused";
        case SubmitResult::Kind::outdated: break;
    }
    return "outdated";
}

// Whose editions they are, where one was named; what stands in the way follows.
std::string describe_outdated(const SubmitResult& result, const std::string& seen)
{
    const auto editions =
        seen.empty() ? std::string() : "edition " + format_edition(result.edition) + " is there, not " + seen + "; ";
    if (!result.staged_by.empty())
        return "refused: " + editions + mail::show_line(result.staged_by) +
               " has staged changes, as follows; policy discard drops them\n";
    if (result.difference.empty()) return "refused: " + editions + "what was staged is not there any more; submit again\n";
    return "refused: " + editions + "the policy changed since then, as follows; look at it and submit again\n";
}

// `seen`: the edition that the submit named.
void answer_submit(Context& context, const SubmitResult& result, const std::string& seen, json::object more)
{
    more["result"] = format_kind(result.kind);
    more["problems"] = to_json(result.problems);
    more["warnings"] = to_json(result.warnings);
    more["difference"] = result.difference;
    more["edition"] = result.edition.version == 0 ? json::value() : json::value(format_edition(result.edition));
    more["staged_by"] = result.staged_by.empty() ? json::value() : json::value(result.staged_by);
    std::string text;
    for (const auto& problem : result.problems) std::cerr << "sealpost: " << config::format_problem(problem) << '\n';
    for (const auto& warning : result.warnings) std::cerr << "sealpost: warning: " << config::format_problem(warning) << '\n';
    switch (result.kind) {
        case SubmitResult::Kind::staged:
            text = "staged as edition " + format_edition(result.edition) +
                   "; policy diff shows it, policy commit -m TEXT makes it live\n";
            break;
        case SubmitResult::Kind::unchanged:
            text = "nothing to do: edition " + format_edition(result.edition) +
                   (result.edition.revision == 0 ? " is the current policy\n" : " is what is staged already\n");
            break;
        case SubmitResult::Kind::refused:
            text = "refused: nothing changed\n";
            context.exit = Exit::usage;
            break;
        case SubmitResult::Kind::outdated:
            text = describe_outdated(result, seen) + result.difference;
            context.exit = Exit::no;
            break;
    }
    context.answer(more, text);
}

std::vector<config::Problem> leave_places(std::vector<revisions::PlacedProblem> placed)
{
    std::vector<config::Problem> problems;
    for (auto& each : placed) problems.push_back(std::move(each.problem));
    return problems;
}

SubmitResult::Kind kind_of(const Outcome& outcome)
{
    switch (outcome.kind) {
        case Outcome::Kind::staged: return SubmitResult::Kind::staged;
        case Outcome::Kind::unchanged: return SubmitResult::Kind::unchanged;
        case Outcome::Kind::refused: return SubmitResult::Kind::refused;
        default: break;
    }
    return SubmitResult::Kind::outdated;
}

SubmitResult to_result(Outcome outcome)
{
    SubmitResult result;
    result.kind = kind_of(outcome);
    result.problems = leave_places(std::move(outcome.problems));
    result.warnings = leave_places(std::move(outcome.warnings));
    result.difference = std::move(outcome.difference);
    result.staged_by = std::move(outcome.staged_by);
    result.edition = outcome.edition;
    return result;
}

// What somebody else has staged, which stands in the way.
Result<SubmitResult> tell_others(const revisions::PolicyStore& store, const revisions::Standing& standing)
{
    SubmitResult result;
    result.kind = SubmitResult::Kind::outdated;
    result.edition = standing.edition;
    result.staged_by = standing.staged_by;
    SEALPOST_TRY(result.difference, store.diff());
    return result;
}

// What is not there is an answer, and no mistake in the document.
Result<> check_is_there(const SubmitResult& result)
{
    for (const auto& problem : result.problems)
        if (problem.said.code == "sender_not_there") return Error{Fault::denied, config::format_problem(problem)};
    return {};
}

json::object tell_senders(const std::vector<revisions::SenderVerdict>& verdicts)
{
    json::array senders;
    for (const auto& verdict : verdicts) {
        senders.push_back(revisions::to_json(verdict));
        if (verdict.kind != revisions::SenderVerdict::Kind::refused && !verdict.note.empty())
            std::cerr << "sealpost: " << mail::show_line(verdict.written) << ": " << verdict.note.text << '\n';
    }
    return senders.empty() ? json::object() : json::object{{"senders", std::move(senders)}};
}

}  // namespace

void add_author(CLI::App& command, std::string& author)
{
    command.add_option("--author", author, "who does it; default: the user's name");
}

CLI::Option* add_staging_options(CLI::App& command, Staging& staging)
{
    add_author(command, staging.author);
    auto* edition = add_edition(command, staging.edition);
    command.add_flag("--no-dns", staging.no_dns, "without the warnings that ask DNS");
    return edition;
}

std::string author_of(const Staging& staging)
{
    if (!staging.author.empty()) return staging.author;
    for (const char* name : {"SUDO_USER", "USER", "LOGNAME"})
        if (const char* value = std::getenv(name); value != nullptr && *value != 0) return value;
    const auto user = ::getuid();  // a timer or a container sets no USER
    const passwd* entry = ::getpwuid(user);
    return entry != nullptr ? std::string(entry->pw_name) : "uid " + std::to_string(user);
}

Result<> answer_staged(Context& context, PolicyAccess& access, SubmitResult result, const Staging& staging, json::object more)
{
    if (result.kind == SubmitResult::Kind::staged) {
        SEALPOST_TRY(const auto staged, access.store().pending());
        for (auto& warning : policy::find_node_warnings(staged->document(), access.config()))
            result.warnings.push_back(std::move(warning));
        if (!staging.no_dns) add_dns_warnings(access, staged, result);
    }
    answer_submit(context, result, staging.edition, std::move(more));
    return {};
}

Result<> stage_edit(Context& context, PolicyAccess& access, const revisions::MakeEdit& make, const Staging& staging)
{
    auto seen = revisions::parse_edition(staging.edition);
    if (!seen) {
        SEALPOST_TRY(const auto standing, access.store().standing());
        if (standing.edition.revision != 0 && standing.staged_by != author_of(staging)) {
            SEALPOST_TRY(auto others, tell_others(access.store(), standing));
            return answer_staged(context, access, std::move(others), staging);
        }
        seen = standing.edition;
    }
    const auto editor = std::make_shared<revisions::PolicyEditor>(access.shared_store());
    SEALPOST_TRY(auto outcome, wait_for(editor->edit(*seen, make, author_of(staging))));
    auto more = tell_senders(outcome.senders);
    auto result = to_result(std::move(outcome));
    SEALPOST_CHECK(check_is_there(result));
    return answer_staged(context, access, std::move(result), staging, std::move(more));
}

}  // namespace sealpost::cli
