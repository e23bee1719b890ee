#include "serve/authcheck/sender_dns.hpp"

#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::authcheck {
namespace {

constexpr std::string_view zone = R"(
mx.test      MX    10 mail.test
four.test    A     192.0.2.1
six.test     AAAA  2001:db8::1
null.test    MX    0 .
text.test    TXT   nothing but a text
alias.test   CNAME four.test
late.test    MX    TEMPORARY
late.test    A     192.0.2.1
half.test    A     TEMPORARY
half.test    TXT   x
)";

using policy::SenderDomain;

SenderDomain check(dns::Resolver& resolver, const std::string& domain)
{
    return async::wait_here(check_sender_domain(resolver, domain, Deadline::after(std::chrono::seconds(5))));
}

SenderDomain check(const std::string& domain)
{
    dns::CannedResolver resolver(zone);
    return check(resolver, domain);
}

TEST(SenderDns, TellsDomainsThatMailCouldGoTo)
{
    for (const char* domain : {"mx.test", "four.test", "six.test", "alias.test"})
        EXPECT_EQ(check(domain), SenderDomain::exists) << domain;
    for (const char* domain : {"null.test", "text.test", "nowhere.test"})
        EXPECT_EQ(check(domain), SenderDomain::nonexistent) << domain;
    for (const char* domain : {"late.test", "half.test"}) EXPECT_EQ(check(domain), SenderDomain::unresolved) << domain;
}

TEST(SenderDns, AsksForNoAddressWhereThereIsAMailHost)
{
    dns::CannedResolver resolver(zone);
    check(resolver, "mx.test");
    EXPECT_EQ(resolver.asked(), std::vector<std::string>{"mx.test MX"});
}

}  // namespace
}  // namespace sealpost::authcheck
