#include "serve/node/domain_chores.hpp"

#include "core/queue/lanes.hpp"
#include "serve/node/domain_test.hpp"

namespace sealpost::node {
namespace {

Task<tlstest::DomainTestResult> run_test(Machinery& machinery, domaintests::TestOrder order)
{
    tlstest::DomainTestOptions options = make_domain_test_options(machinery.config);
    options.max_addresses = order.max_addresses;
    options.may_test = std::move(order.may_test);
    options.on_expected = std::move(order.on_expected);
    options.on_result = std::move(order.on_result);
    auto result =
        co_await tlstest::test_domain(*machinery.resolver, machinery.trust, std::move(order.domain), std::move(options));
    co_return result;
}

Task<Result<>> send_code(std::shared_ptr<replies::ServiceOutbox> outbox, domaintests::PostmasterMail mail)
{
    replies::DomainCodeMail code{std::move(mail.address), std::move(mail.domain), std::move(mail.language), std::move(mail.code),
                                 std::move(mail.reference)};
    auto sent = co_await outbox->send_domain_code(std::move(code));
    co_return sent;
}

}  // namespace

bool is_local(const std::string& url)
{
    constexpr std::string_view host = "https://localhost";
    return url == host || (url.starts_with(host) && url[host.size()] == ':');
}

domaintests::Tester make_tester(Machinery& machinery)
{
    return [&machinery](domaintests::TestOrder order) { return run_test(machinery, std::move(order)); };
}

std::shared_ptr<domaintests::DomainTests> make_tests(Machinery& machinery, std::shared_ptr<domains::Domains> domains)
{
    domaintests::DomainTests::Parts parts;
    parts.test = make_tester(machinery);
    parts.domains = std::move(domains);
    parts.clock = &machinery.clock;
    parts.tests_any_address = is_local(machinery.config.service.url);
    parts.log = machinery.log;
    return std::make_shared<domaintests::DomainTests>(std::move(parts));
}

std::shared_ptr<const domaintests::PostmasterCodes> make_postmaster_codes(std::shared_ptr<people::People> people,
                                                                          std::shared_ptr<domains::Domains> domains,
                                                                          std::shared_ptr<replies::ServiceOutbox> outbox)
{
    domaintests::PostmasterCodes::Parts parts;
    parts.people = std::move(people);
    parts.domains = std::move(domains);
    parts.mail = [outbox = std::move(outbox)](domaintests::PostmasterMail mail) { return send_code(outbox, std::move(mail)); };
    return std::make_shared<const domaintests::PostmasterCodes>(std::move(parts));
}

std::unique_ptr<domaintests::Watch> make_watch(Machinery& machinery, std::shared_ptr<domains::Domains> domains)
{
    domaintests::Watch::Parts parts;
    parts.test = make_tester(machinery);
    parts.domains = std::move(domains);
    parts.alerts = machinery.alerts;
    parts.clock = &machinery.clock;
    parts.tests_any_address = is_local(machinery.config.service.url);
    parts.is_ours = [queue = machinery.queue] { return queue->is_first_for(queue::reply_lane); };
    parts.log = machinery.log;
    return std::make_unique<domaintests::Watch>(std::move(parts));
}

}  // namespace sealpost::node
