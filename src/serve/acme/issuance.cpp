#include "serve/acme/issuance.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::acme {
namespace {

using Kind = Failure::Kind;
using std::chrono::milliseconds;

// The waits between two looks at something that the authority works on.
class Polling {
public:
    // Fault::cancelled when the time for the try is over.
    Task<Result<>> wait(std::optional<std::chrono::seconds> retry_after, Deadline deadline)
    {
        const milliseconds pause =
            retry_after ? milliseconds(std::clamp(*retry_after, std::chrono::seconds(1), std::chrono::seconds(60))) : next_;
        next_ = std::min(next_ * 2, milliseconds(10'000));
        const Deadline wake = Deadline::after(pause);
        if (!deadline.is_never() && wake.at() >= deadline.at())
            co_return Error{Fault::cancelled, "the authority did not come to an end in time"};
        auto slept = co_await async::sleep_until(wake);
        co_return slept;
    }

private:
    milliseconds next_{500};
};

// An answer is withdrawn however the try ends, also when its task is cancelled.
class Withdrawal {
public:
    Withdrawal(std::shared_ptr<Answers> answers, std::string name, std::string token)
        : answers_(std::move(answers)), name_(std::move(name)), token_(std::move(token))
    {
    }
    ~Withdrawal() { answers_->withdraw(name_, token_); }
    Withdrawal(const Withdrawal&) = delete;
    Withdrawal& operator=(const Withdrawal&) = delete;

private:
    std::shared_ptr<Answers> answers_;
    std::string name_;
    std::string token_;
};

Failure order_failure(const Order& order)
{
    return {Kind::refused, order.problem ? order.problem->text : "the authority ended the order without saying why"};
}

}  // namespace

bool are_same_names(std::vector<std::string> a, std::vector<std::string> b)
{
    for (auto* names : {&a, &b}) {
        for (auto& name : *names) name = ascii_lower(name);
        std::sort(names->begin(), names->end());
        names->erase(std::unique(names->begin(), names->end()), names->end());
    }
    return a == b;
}

std::string Issuance::key_authorization(const Challenge& challenge) const
{
    return parts_.conversation->key().key_authorization(challenge.token);
}

Task<Tried<Issued>> Issuance::run()
{
    Conversation& authority = *parts_.conversation;
    SEALPOST_CO_TRY(auto made, co_await authority.post(authority.directory().new_order, format_new_order(wanted_.names)));
    const std::string order_url = made.location;
    if (!is_document_url(order_url)) co_return Failure(Kind::broken, "the authority gives the order no URL");
    SEALPOST_CO_TRY(Order order, parse_order(made.body));
    if (order.status == Status::pending) {
        for (const std::string& url : order.authorizations) SEALPOST_CO_CHECK(co_await prove(url));
        SEALPOST_CO_TRY(order, co_await wait_for_order(order_url, false));
    }
    if (order.status != Status::ready) co_return order_failure(order);
    auto work = [type = wanted_.key_type] { return crypto::PrivateKey::make_of_type(type); };
    SEALPOST_CO_TRY(auto key, co_await parts_.pool->run(std::move(work)));
    SEALPOST_CO_TRY(std::string payload, format_finalize(wanted_.names, key));
    SEALPOST_CO_TRY(auto finalized, co_await authority.post(order.finalize, std::move(payload)));
    SEALPOST_CO_TRY(order, parse_order(finalized.body));
    if (order.status != Status::valid) {
        SEALPOST_CO_TRY(order, co_await wait_for_order(order_url, true));
    }
    if (order.status != Status::valid) co_return order_failure(order);
    auto issued = co_await fetch(order.certificate, std::move(key));
    co_return issued;
}

// RFC 8555 §7.5: an authorization that is valid already is not proven again.
Task<Tried<>> Issuance::prove(std::string authorization_url)
{
    SEALPOST_CO_TRY(auto answer, co_await parts_.conversation->read(authorization_url));
    SEALPOST_CO_TRY(auto authorization, parse_authorization(answer.body));
    if (authorization.status == Status::valid) co_return Tried<>();
    const bool is_ours = std::any_of(wanted_.names.begin(), wanted_.names.end(),
                                     [&](const std::string& name) { return iequals(name, authorization.name); });
    if (!is_ours)
        co_return Failure(Kind::broken, "the authority asks about " + authorization.name + ", which is not in the order");
    if (authorization.status != Status::pending)
        co_return Failure(Kind::refused, authorization.name + ": " + authorization.problem_text());
    const Challenge* challenge = authorization.find_challenge(wanted_.challenge);
    if (!challenge) co_return Failure(Kind::refused, authorization.name + ": the authority does not offer " + wanted_.challenge);
    const Challenge chosen = *challenge;
    auto proven = co_await answer_challenge(std::move(authorization), chosen, std::move(authorization_url));
    co_return proven;
}

Task<Tried<>> Issuance::answer_challenge(Authorization authorization, Challenge challenge, std::string authorization_url)
{
    const std::string name = authorization.name;
    auto work = [answers = parts_.answers, challenge, name, proof = key_authorization(challenge),
                 now = parts_.conversation->clock().now()] {
        return answers->present(challenge.type, name, challenge.token, proof, now);
    };
    SEALPOST_CO_CHECK(co_await parts_.pool->run(std::move(work)));
    const Withdrawal withdrawal(parts_.answers, name, challenge.token);
    SEALPOST_CO_CHECK(co_await parts_.conversation->post(challenge.url, std::string(challenge_payload)));
    auto proven = co_await wait_until_proven(std::move(authorization_url));
    co_return proven;
}

Task<Tried<>> Issuance::wait_until_proven(std::string authorization_url)
{
    Polling polling;
    std::optional<std::chrono::seconds> retry_after;
    while (true) {
        auto waited = co_await polling.wait(retry_after, parts_.conversation->deadline());
        if (waited.has_error()) co_return Failure(Kind::refused, waited.error().text);
        SEALPOST_CO_TRY(auto answer, co_await parts_.conversation->read(authorization_url));
        SEALPOST_CO_TRY(const auto authorization, parse_authorization(answer.body));
        if (authorization.status == Status::valid) co_return Tried<>();
        if (authorization.status != Status::pending) {
            const std::string why = authorization.problem_text();
            co_return Failure(Kind::refused,
                              authorization.name + ": " + (why.empty() ? "the authority could not see that it is ours" : why));
        }
        retry_after = answer.retry_after;
    }
}

Task<Tried<Order>> Issuance::wait_for_order(std::string url, bool past_ready)
{
    Polling polling;
    while (true) {
        SEALPOST_CO_TRY(auto answer, co_await parts_.conversation->read(url));
        SEALPOST_CO_TRY(Order order, parse_order(answer.body));
        const bool is_under_way = order.status == Status::processing || order.status == Status::pending ||
                                  (past_ready && order.status == Status::ready);
        if (!is_under_way) co_return order;
        auto waited = co_await polling.wait(answer.retry_after, parts_.conversation->deadline());
        if (waited.has_error()) co_return Failure(Kind::refused, waited.error().text);
    }
}

Task<Tried<Issued>> Issuance::fetch(std::string certificate_url, crypto::PrivateKey key)
{
    SEALPOST_CO_TRY(auto answer, co_await parts_.conversation->read(std::move(certificate_url)));
    co_return check_chain(answer.body, std::move(key));
}

Tried<Issued> Issuance::check_chain(const std::string& text, crypto::PrivateKey key) const
{
    SEALPOST_TRY(const auto chain, crypto::parse_chain_pem(text));
    const crypto::Certificate& leaf = chain.front();
    if (!key.belongs_to(leaf)) return Failure(Kind::broken, "the authority's certificate is not for the key that was sent");
    if (!are_same_names(leaf.dns_names(), wanted_.names))
        return Failure(Kind::broken, "the authority's certificate names " + join(leaf.dns_names(), ", "));
    if (leaf.not_after() <= parts_.conversation->clock().now() || leaf.not_after() <= leaf.not_before())
        return Failure(Kind::broken, "the authority's certificate has expired already");
    // Written anew: what stands between the certificates is not ours to keep.
    return Issued{crypto::format_chain_pem(chain), key.to_pem(), leaf};
}

}  // namespace sealpost::acme
