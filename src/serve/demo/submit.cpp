#include "serve/demo/submit.hpp"

#include "serve/courier/courier.hpp"
#include "serve/demo/blocking.hpp"

namespace sealpost::demo {
namespace {

constexpr std::chrono::seconds time_limit{60};

Task<courier::CarryReport> carry_once(courier::CourierOptions options, courier::Order order)
{
    courier::Courier courier(std::move(options));
    auto report = co_await courier.carry(std::move(order), Deadline::after(time_limit));
    co_await courier.close_idle();
    co_return report;
}

}  // namespace

Result<std::string> submit_as_alice(World& world, std::string message, const std::string& to)
{
    auto& machinery = world.gateway().machinery();
    courier::CourierOptions options;
    options.resolver = machinery.resolver;
    options.trust = [trust = machinery.trust] { return trust; };
    courier::Order order;
    order.domain = "acme.test";
    auto login = std::make_shared<courier::Login>();
    login->user = std::string(alice);
    login->password = Secret::copy_of(world.secrets().submission_password);
    order.route.push_back({"mx1.acme.test", world.plan().submission.port, 0, std::move(login)});
    // The demo can swap the certificate for one that nobody vouches for; Alice's program then still sends.
    order.tls = world.is_self_signed() ? courier::TlsDemand::required : courier::TlsDemand::required_verify;
    SEALPOST_TRY(order.mail.mail.sender, mail::parse_mailbox(alice));
    order.mail.mail.size = message.size();
    smtp::RcptTo recipient;
    SEALPOST_TRY(recipient.recipient, mail::parse_mailbox(to));
    order.mail.recipients.push_back(std::move(recipient));
    order.helo_name = "laptop.acme.test";
    order.content = [&message] { return std::make_unique<async::StringSource>(message); };
    const auto report = run_on(world.workers(), carry_once(std::move(options), std::move(order)));
    const auto& result = report.recipients.front();
    const std::string reply = smtp::format_reply_line(result.reply);
    if (result.kind != courier::RecipientResult::Kind::delivered) return Error{Fault::denied, reply};
    return reply;
}

}  // namespace sealpost::demo
