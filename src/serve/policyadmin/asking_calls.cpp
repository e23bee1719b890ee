#include "core/revisions/changes.hpp"
#include "serve/policyadmin/desk.hpp"
#include "serve/policyadmin/host_question.hpp"

#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <array>

namespace sealpost::policyadmin {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

constexpr std::int64_t most_traffic = 10000;
constexpr std::uint64_t max_trace_bytes = 1024 * 1024;  // a message's head may be asked about

// What is staged was good when it was staged; a node that was configured anew since may not be able to use it.
Task<Checked<revisions::CompiledPolicy>> load_policy(const Desk& desk, bool staged)
{
    SEALPOST_CO_TRY(auto policy, co_await desk.parts.editor->load_compiled(staged));
    if (!policy.snapshot) co_return refused("What is staged does not fit this node any more", policy.problems);
    co_return policy;
}

Task<Checked<void>> require_listener(const Desk& desk, std::string listener)
{
    revisions::PolicyEditor::Question question = [listener](const revisions::PolicyView& view) -> Result<json::object> {
        const auto& all = view.listeners;
        const bool known = std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.name == listener; });
        if (!known) return Error{Fault::denied, "there is no such listener"};
        return json::object();
    };
    auto asked = co_await desk.parts.editor->ask(std::move(question));
    if (asked.has_error() && asked.error().fault == Fault::denied)
        co_return http::bad_request("listener", "there is no listener \"" + listener + "\"");
    if (asked.has_error()) co_return http::Problem(asked.error());
    co_return Checked<void>();
}

Task<Checked<Response>> check_host(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto facts = read_host(fields, body);
    const bool staged = fields.flag_or("staged", true);
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_CHECK(co_await require_listener(desk, facts.listener));
    SEALPOST_CO_TRY(const auto policy, co_await load_policy(desk, staged));
    co_return http::json_response(200, policy::to_json(policy.snapshot->decide_connection(facts)));
}

Task<Checked<Response>> trace(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(auto body, co_await http::read_json(request, desk.parts.pool));
    http::Fields fields(body);
    const bool staged = fields.flag_or("staged", true);
    const bool ask_dns = fields.flag_or("ask_dns", true);
    SEALPOST_CO_CHECK(fields.check());
    if (ask_dns) SEALPOST_CO_CHECK(co_await desk.parts.admin->admit_question(signed_in));
    SEALPOST_CO_TRY(auto policy, co_await load_policy(desk, staged));
    SEALPOST_CO_TRY(const auto answer, co_await desk.parts.questions.trace(std::move(policy), std::move(body)));
    co_return http::json_response(200, answer);
}

Task<Checked<std::vector<std::string>>> list_changed_keys(const Desk& desk)
{
    revisions::PolicyEditor::Question question = [](const revisions::PolicyView& view) -> Result<json::object> {
        return json::object{{"keys", json::value_from(revisions::list_changed_keys(*view.live, *view.staged))}};
    };
    SEALPOST_CO_TRY(const auto answer, co_await desk.parts.editor->ask(std::move(question)));
    co_return json::value_to<std::vector<std::string>>(answer.at("keys"));
}

Task<Checked<Response>> preview(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto last, find_number(request, "last", most_traffic));
    SEALPOST_CO_TRY(auto live, co_await load_policy(desk, false));
    SEALPOST_CO_TRY(auto staged, co_await load_policy(desk, true));
    SEALPOST_CO_TRY(auto changed, co_await list_changed_keys(desk));
    const auto most = static_cast<std::size_t>(last.value_or(most_traffic));
    SEALPOST_CO_TRY(const auto answer,
                    co_await desk.parts.questions.preview(std::move(live), std::move(staged), std::move(changed), most));
    co_return http::json_response(200, answer);
}

// With the places of their lines, when that policy is still there.
Task<Checked<json::array>> place(const Desk& desk, std::vector<config::Problem> problems, revisions::Edition edition)
{
    revisions::PolicyEditor::Question question = [problems = std::move(problems),
                                                  edition](const revisions::PolicyView& view) -> Result<json::object> {
        auto placed = revisions::place_problems(problems, *view.staged);
        if (view.edition != edition) {
            placed.clear();
            for (const auto& problem : problems) placed.push_back({problem, {}, {}, {}});
        }
        return json::object{{"warnings", to_json(placed)}};
    };
    SEALPOST_CO_TRY(auto placed, co_await desk.parts.editor->ask(std::move(question)));
    co_return std::move(placed.at("warnings").as_array());
}

Task<Checked<Response>> list_warnings(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto policy, co_await load_policy(desk, true));
    json::array warnings = to_json(policy.warnings);
    if (desk.parts.questions.warn) {
        SEALPOST_CO_CHECK(co_await desk.parts.admin->admit_question(signed_in));
        auto asked = co_await desk.parts.questions.warn(policy);
        SEALPOST_CO_TRY(const auto more, co_await place(desk, std::move(asked), policy.edition));
        warnings.insert(warnings.end(), more.begin(), more.end());
        if (warnings.size() > max_listed_problems) warnings.resize(max_listed_problems);
    }
    json::object answer;
    answer["warnings"] = std::move(warnings);
    answer["pending"] = policy.pending;
    co_return http::json_response(200, answer);
}

bool can_trace(const Questions& questions) { return questions.trace != nullptr; }
bool can_preview(const Questions& questions) { return questions.preview != nullptr; }

constexpr std::array<Entry, 4> calls{{
    {http::Method::post, "hat-check", check_host},
    {http::Method::get, "warnings", list_warnings},
    {http::Method::post, "trace", trace, max_trace_bytes, can_trace},
    {http::Method::get, "preview", preview, 64 * 1024, can_preview},
}};

}  // namespace

std::span<const Entry> asking_calls() { return calls; }

}  // namespace sealpost::policyadmin
