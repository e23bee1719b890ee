#include "cli/policy_staging.hpp"

#include "cli/policy_advice.hpp"
#include "cli/service_store.hpp"
#include "core/revisions/text_diff.hpp"
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
            text = result.edition.revision == 0 ? "nothing to do: this is the current policy\n"
                                                : "nothing to do: this is what is staged already\n";
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

Result<Begun> begin_edit(revisions::PolicyEditor& editor, const MakeEdit& make, const Staging& staging)
{
    Begun begun;
    auto look = [&](const revisions::PolicyView& view) -> Result<json::object> {
        const auto seen = revisions::parse_edition(staging.edition);
        begun.edition = view.edition;
        if (view.pending) begun.staged_by = view.pending->author;
        begun.difference = revisions::diff_texts(view.live->text(), view.staged->text());
        const bool is_in_the_way = seen ? *seen != view.edition : view.pending && begun.staged_by != author_of(staging);
        if (is_in_the_way) return json::object();
        SEALPOST_TRY(auto edit, make(*view.staged));
        begun.edits.push_back(std::move(edit));
        return json::object();
    };
    SEALPOST_CHECK(wait_for(editor.ask(look)));
    return begun;
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
    result.edition = outcome.edition;
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

void add_staging_options(CLI::App& command, Staging& staging)
{
    command.add_option("--author", staging.author, "who does it; default: the user's name");
    add_edition(command, staging.edition);
    command.add_flag("--no-dns", staging.no_dns, "without the warnings that ask DNS");
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
        for (auto& warning : policy::find_source_warnings(staged->document(), access.config()))
            result.warnings.push_back(std::move(warning));
        for (auto& warning : policy::find_recipient_warnings(staged->document(), policy::list_listeners(access.config())))
            result.warnings.push_back(std::move(warning));
    }
    if (!staging.no_dns) add_dns_warnings(access, result);
    answer_submit(context, result, staging.edition, std::move(more));
    return {};
}

Result<Attempt> try_edit(const Begin& begin, const Apply& apply)
{
    for (int tries = 0; tries < 2; ++tries) {
        Attempt attempt;
        SEALPOST_TRY(attempt.begun, begin());
        SEALPOST_TRY(attempt.outcome, apply(attempt.begun));
        attempt.was_in_the_way = attempt.begun.edits.empty();
        if (!attempt.was_in_the_way || attempt.outcome.kind == Outcome::Kind::outdated) return attempt;
    }
    return Error{Fault::retry_later, "what is staged has changed again and again meanwhile; try it once more"};
}

Result<> stage_edit(Context& context, PolicyAccess& access, const MakeEdit& make, const Staging& staging)
{
    const auto editor = std::make_shared<revisions::PolicyEditor>(access.shared_store());
    const auto seen = revisions::parse_edition(staging.edition);
    const Begin begin = [&] { return begin_edit(*editor, make, staging); };
    const Apply apply = [&](const Begun& begun) -> Result<Outcome> {
        if (!begun.edits.empty() || seen)
            return wait_for(editor->edit(seen.value_or(begun.edition), begun.edits, author_of(staging)));
        Outcome others;
        others.kind = Outcome::Kind::outdated;
        others.edition = begun.edition;
        others.difference = begun.difference;
        return others;
    };
    SEALPOST_TRY(auto attempt, try_edit(begin, apply));
    auto more = tell_senders(attempt.outcome.senders);
    auto result = to_result(std::move(attempt.outcome));
    SEALPOST_CHECK(check_is_there(result));
    const bool is_overtaken = seen ? seen->version == result.edition.version : attempt.was_in_the_way;
    if (result.kind == SubmitResult::Kind::outdated && is_overtaken) result.staged_by = attempt.begun.staged_by;
    return answer_staged(context, access, std::move(result), staging, std::move(more));
}

}  // namespace sealpost::cli
