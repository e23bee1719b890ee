#include "serve/policyadmin/desk.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace sealpost::policyadmin {
namespace json = boost::json;
namespace {

using revisions::Outcome;
using revisions::SenderVerdict;

constexpr std::size_t max_text_bytes = 500;

http::Problem refuse_change(const Outcome& outcome)
{
    auto problem = refused("This is not a policy; nothing changed", outcome.problems);
    if (!outcome.senders.empty()) add_verdicts(problem.more, outcome.senders);
    return problem;
}

http::Problem conflict(const Outcome& outcome, std::string name, std::string title)
{
    json::object more;
    more["edition"] = format_edition(outcome.edition);
    if (outcome.kind == Outcome::Kind::outdated) more["difference"] = limit_difference(outcome.difference);
    return {409, std::move(name), std::move(title), "", std::move(more)};
}

Task<http::Response> describe_api(http::Request&) { co_return http::static_json_response(api_description); }

http::Response answer_staged(const Outcome& outcome)
{
    json::object answer;
    answer["edition"] = format_edition(outcome.edition);
    answer["result"] = outcome.kind == Outcome::Kind::staged ? "staged" : "unchanged";
    answer["warnings"] = to_json(outcome.warnings);
    add_verdicts(answer, outcome.senders);
    return http::json_response(200, answer);
}

}  // namespace

std::vector<Entry> list_calls()
{
    std::vector<Entry> all;
    for (const auto& calls : {reading_calls(), changing_calls(), asking_calls()})
        all.insert(all.end(), calls.begin(), calls.end());
    return all;
}

void add_routes(http::Router& router, Parts parts)
{
    const auto desk = std::make_shared<const Desk>(std::move(parts));
    for (const auto& entry : list_calls()) {
        if (entry.is_there && !entry.is_there(desk->parts.questions)) continue;
        auto handler = http::call_with(desk, entry.call);
        const auto own = desk->parts.admin->from_own_pages(entry.max_body_bytes);
        router.add(entry.method, "/api/v1/policy/" + std::string(entry.name), std::move(handler),
                   entry.method == http::Method::get ? http::RouteOptions() : own);
    }
    router.add(http::Method::get, "/api/v1/openapi.json", describe_api);
}

http::Checked<bool> find_flag(const http::Request& request, std::string_view name, bool otherwise)
{
    const auto text = request.find_query(name);
    if (!text || text->empty()) return otherwise;
    if (*text == "true") return true;
    if (*text == "false") return false;
    return http::bad_request(std::string(name), "\"" + std::string(name) + "\" is neither true nor false");
}

http::Checked<std::optional<std::int64_t>> find_number(const http::Request& request, std::string_view name, std::int64_t most)
{
    const auto text = request.find_query(name);
    if (!text || text->empty()) return std::optional<std::int64_t>();
    const auto number = parse_decimal(*text);
    if (!number || *number == 0 || *number > static_cast<unsigned long long>(most))
        return http::bad_request(std::string(name),
                                 "\"" + std::string(name) + "\" is no whole number from 1 to " + std::to_string(most));
    return std::optional(static_cast<std::int64_t>(*number));
}

http::Checked<std::string> find_text(const http::Request& request, std::string_view name)
{
    auto text = request.find_query(name).value_or("");
    if (text.size() > max_text_bytes) return http::bad_request(std::string(name), "\"" + std::string(name) + "\" is too long");
    return text;
}

revisions::Edition read_edition(http::Fields& fields)
{
    const auto edition = revisions::parse_edition(fields.text("edition", 50));
    if (!edition) fields.complain("edition", "is no edition as `state` tells it");
    return edition.value_or(revisions::Edition());
}

json::array to_json(const std::vector<revisions::PlacedProblem>& problems)
{
    json::array list;
    for (const auto& problem : problems) {
        if (list.size() == max_listed_problems) break;
        list.push_back(revisions::to_json(problem));
    }
    return list;
}

http::Problem refused(std::string title, const std::vector<revisions::PlacedProblem>& problems)
{
    json::object more;
    more["problems"] = to_json(problems);
    more["problem_count"] = problems.size();
    return {422, "refused", std::move(title), "", std::move(more)};
}

void add_verdicts(json::object& answer, const std::vector<SenderVerdict>& verdicts)
{
    using Kind = SenderVerdict::Kind;
    json::array list;
    std::array<std::size_t, 3> counts{};
    for (const auto& verdict : verdicts) ++counts.at(static_cast<std::size_t>(verdict.kind));
    const auto list_those = [&](auto is_meant) {
        for (const auto& verdict : verdicts)
            if (list.size() < max_listed_verdicts && is_meant(verdict.kind)) list.push_back(revisions::to_json(verdict));
    };
    if (verdicts.size() <= max_listed_verdicts) {
        list_those([](Kind) { return true; });
    } else {
        for (const auto kind : {Kind::refused, Kind::duplicate, Kind::ok}) list_those([&](Kind each) { return each == kind; });
    }
    answer["senders"] = std::move(list);
    answer["sender_counts"] = json::object{{"ok", counts.at(static_cast<std::size_t>(Kind::ok))},
                                           {"duplicate", counts.at(static_cast<std::size_t>(Kind::duplicate))},
                                           {"refused", counts.at(static_cast<std::size_t>(Kind::refused))}};
}

std::string limit_difference(std::string difference)
{
    if (difference.size() <= max_difference_bytes) return difference;
    const auto line_end = difference.rfind('\n', max_difference_bytes - 1);
    difference.resize(line_end == std::string::npos ? 0 : line_end + 1);
    return difference + "…\n";
}

http::Checked<http::Response> answer_outcome(const Outcome& outcome)
{
    json::object answer;
    switch (outcome.kind) {
        case Outcome::Kind::staged:
        case Outcome::Kind::unchanged: return answer_staged(outcome);
        case Outcome::Kind::committed:
            if (outcome.commit) answer["version"] = outcome.commit->version;
            [[fallthrough]];
        case Outcome::Kind::discarded: answer["edition"] = format_edition(outcome.edition); break;
        case Outcome::Kind::refused: return refuse_change(outcome);
        case Outcome::Kind::outdated: return conflict(outcome, "outdated", "Somebody else changed the policy meanwhile");
        case Outcome::Kind::nothing_staged: return conflict(outcome, "nothing-staged", "Nothing is staged");
        case Outcome::Kind::something_staged:
            return conflict(outcome, "something-staged", "Something is staged: commit or discard it first");
        case Outcome::Kind::nothing_to_do: return conflict(outcome, "nothing-to-do", "This is what is live already");
        case Outcome::Kind::not_found: return http::not_found();
    }
    return http::json_response(200, answer);
}

}  // namespace sealpost::policyadmin
