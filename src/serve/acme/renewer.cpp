#include "serve/acme/renewer.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::acme {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes longest_sleep{1};  // an administrator may install something in between
constexpr milliseconds shortest_sleep{100};
constexpr std::chrono::minutes pause_when_not_noted{1};
constexpr std::chrono::minutes try_time{10};

using Kind = Failure::Kind;

// Once something was asked of the authority, a connection that is lost counts as any failure does: who asks again soon
// asks for the same things again.
Failure after_asking(Failure failure)
{
    if (failure.kind == Kind::unreachable) failure.kind = Kind::broken;
    return failure;
}

}  // namespace

Task<void> Renewer::run()
{
    while (true) {
        const WallTime next = co_await look();
        const auto pause = std::clamp<milliseconds>(next - parts_.clock->now(), shortest_sleep, longest_sleep);
        [[maybe_unused]] const bool woken = co_await wake_.wait(Deadline::after(pause));
    }
}

bool Renewer::ask(const std::string& certificate)
{
    const bool is_ours =
        std::any_of(parts_.jobs.begin(), parts_.jobs.end(), [&](const Job& job) { return job.certificate == certificate; });
    if (!is_ours) return false;
    {
        const std::lock_guard lock(mutex_);
        asked_.insert(certificate);
    }
    wake_.notify_from_outside();
    return true;
}

std::optional<RenewalState> Renewer::find_state(const std::string& certificate) const
{
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(certificate);
    if (found == states_.end()) return std::nullopt;
    return found->second;
}

Task<WallTime> Renewer::look()
{
    WallTime next = WallTime::max();
    for (const Job& job : parts_.jobs) {
        const WallTime at = co_await look_at(job);
        next = std::min(next, at);
    }
    co_return next;
}

Task<Renewer::View> Renewer::see(Job job)
{
    auto work = [this, job] {
        View view{load_renewal_state(parts_.data_dir, job.authority, job.certificate), std::nullopt};
        auto chain = parts_.find_chain(job.certificate);
        if (chain && !chain->empty()) view.installed = std::move(chain->front());
        return view;
    };
    View view = co_await parts_.pool->run(std::move(work));
    const std::lock_guard lock(mutex_);
    states_[job.certificate] = view.state;
    co_return view;
}

Plan Renewer::plan(const Job& job, const View& view) const
{
    const std::lock_guard lock(mutex_);
    return plan_next({job.names, view.installed, asked_.contains(job.certificate), parts_.clock->now()}, view.state);
}

Task<WallTime> Renewer::look_at(Job job)
{
    View view = co_await see(job);
    const Plan due = plan(job, view);
    if (due.at > parts_.clock->now()) co_return due.at;
    const auto noted = co_await try_now(job, std::move(view), due.why);
    // The file still says that a try is due.
    if (noted.has_error()) co_return parts_.clock->now() + pause_when_not_noted;
    view = co_await see(job);
    co_return plan(job, view).at;
}

// What cannot be noted is not tried: nothing would keep the next try from coming at once.
Task<Result<>> Renewer::try_now(Job job, View view, Why why)
{
    {
        const std::lock_guard lock(mutex_);
        asked_.erase(job.certificate);
    }
    view.state = begin_try(std::move(view.state), job.names, parts_.clock->now());
    auto saved = co_await save(job, view.state);
    if (saved.has_value()) {
        parts_.log.info("acme.begins", {{"certificate", job.certificate},
                                        {"authority", job.authority},
                                        {"names", join(job.names, " ")},
                                        {"why", format_why(why)}});
        const auto authority = std::find_if(parts_.authorities.begin(), parts_.authorities.end(),
                                            [&](const Authority& each) { return each.name == job.authority; });
        auto outcome = co_await obtain(job, *authority);
        saved = co_await settle(job, std::move(view), std::move(outcome));
    }
    if (saved.has_error())
        parts_.log.error("acme.not_noted", {{"certificate", job.certificate}, {"problem", saved.error().text}});
    co_return saved;
}

Task<Tried<Issued>> Renewer::obtain(Job job, Authority authority)
{
    auto open = [folder = authority_folder(parts_.data_dir, authority.name), url = authority.directory] {
        return open_account(folder, url);
    };
    SEALPOST_CO_TRY(auto account, co_await parts_.pool->run(std::move(open)));
    const bool is_known = !account.url.empty();
    Conversation::Parts speaking{authority.send, parts_.clock, parts_.log.with("authority", authority.name)};
    Conversation conversation(std::move(speaking), std::move(account), Deadline::after(try_time));
    SEALPOST_CO_CHECK(co_await conversation.open(authority.directory));
    auto registered = co_await ensure_account(conversation, authority, !is_known);
    if (registered.has_error()) co_return after_asking(registered.error());
    auto issued = co_await obtain_with(conversation, job, authority);
    if (issued.has_error() && issued.error().account_is_gone && is_known) {
        registered = co_await ensure_account(conversation, authority, true);
        if (registered.has_error()) co_return after_asking(registered.error());
        issued = co_await obtain_with(conversation, job, authority);
    }
    if (issued.has_error()) co_return after_asking(issued.error());
    co_return issued;
}

Task<Tried<>> Renewer::ensure_account(Conversation& conversation, Authority authority, bool anew)
{
    if (!anew) co_return Tried<>();
    SEALPOST_CO_TRY(const std::string url, co_await conversation.register_account(authority.contact));
    auto keep = [folder = authority_folder(parts_.data_dir, authority.name), directory = authority.directory, url] {
        return save_account_url(folder, directory, url);
    };
    SEALPOST_CO_CHECK(co_await parts_.pool->run(std::move(keep)));
    parts_.log.info("acme.account_made", {{"authority", authority.name}, {"account", url}});
    co_return Tried<>();
}

Task<Tried<Issued>> Renewer::obtain_with(Conversation& conversation, Job job, Authority authority)
{
    Issuance::Parts parts{&conversation, parts_.answers, parts_.pool};
    Issuance issuance(std::move(parts), {job.names, job.key_type, authority.challenge});
    SEALPOST_CO_TRY(Issued issued, co_await issuance.run());
    auto installed = co_await parts_.install(job.certificate, issued.chain_pem, issued.key_pem.clone());
    if (installed.has_error()) co_return Failure(Kind::ours, installed.error().text);
    co_return std::move(issued);
}

Task<Result<>> Renewer::settle(Job job, View view, Tried<Issued> outcome)
{
    const WallTime now = parts_.clock->now();
    RenewalState& state = view.state;
    if (outcome.has_error()) {
        state = note_failure(std::move(state), outcome.error(), now);
    } else {
        state = note_success(std::move(state), outcome->leaf, now);
    }
    auto saved = co_await save(job, view.state);  // whoever hears of it finds it noted
    if (outcome.has_error())
        tell_failure(job, view, outcome.error());
    else
        parts_.log.info("acme.issued", {{"certificate", job.certificate},
                                        {"authority", job.authority},
                                        {"not_after", format_rfc3339(outcome->leaf.not_after())},
                                        {"next", format_rfc3339(*view.state.next)}});
    co_return saved;
}

void Renewer::tell_failure(const Job& job, const View& view, const Failure& failure) const
{
    const bool urgent = is_urgent(view.installed, parts_.clock->now());
    const bool unreachable = failure.kind == Kind::unreachable;
    parts_.log.write(urgent ? log::Level::error : log::Level::warning, unreachable ? "acme.unreachable" : "acme.failed",
                     {{"certificate", job.certificate},
                      {"authority", job.authority},
                      {"problem", failure.text},
                      {"failures", unreachable ? view.state.unreachable : view.state.failures},
                      {"next", format_rfc3339(*view.state.next)}});
}

Task<Result<>> Renewer::save(Job job, RenewalState state)
{
    auto work = [folder = parts_.data_dir, job, state] {
        return save_renewal_state(folder, job.authority, job.certificate, state);
    };
    auto saved = co_await parts_.pool->run(std::move(work));
    const std::lock_guard lock(mutex_);
    if (saved.has_value()) states_[job.certificate] = std::move(state);
    co_return saved;
}

}  // namespace sealpost::acme
