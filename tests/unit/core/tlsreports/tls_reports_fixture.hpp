#pragma once

#include "core/dmarcreports/reports_fixture.hpp"
#include "core/tlsreports/reports.hpp"

namespace sealpost::tlsreports {

using dmarcreports::value_of;

inline tlsrpt::Policy make_policy(std::string domain = "partner.test")
{
    return {tlsrpt::PolicyType::sts,
            {"version: STSv1", "mode: enforce", "mx: *.partner.test"},
            std::move(domain),
            {"*.partner.test"}};
}

inline Session make_success(WallTime at, std::string domain = "partner.test")
{
    return {at, make_policy(std::move(domain)), std::nullopt};
}

inline Session make_failure(WallTime at, std::string result = "certificate-expired", std::string host = "mx1.partner.test")
{
    Session session = make_success(at);
    session.failure = tlsrpt::Failure{std::move(result), 0, "192.0.2.1", std::move(host), "mx1", "192.0.2.25", "", "it ended"};
    return session;
}

inline tlsrpt::Report make_report(std::string id = "r1", std::string domain = "acme.test")
{
    tlsrpt::Report report;
    report.organisation = "Example Org";
    report.contact = "tls@example.org";
    report.id = std::move(id);
    report.begin = WallTime(std::chrono::seconds(1'795'478'400));
    report.end = WallTime(std::chrono::seconds(1'795'564'799));
    tlsrpt::PolicyResult result;
    result.policy = make_policy(std::move(domain));
    result.succeeded = 40;
    result.failed = 3;
    result.failures = {{"certificate-expired", 2, "", "mx1.acme.test", "", "", "", ""},
                       {"starttls-not-supported", 1, "", "mx2.acme.test", "", "", "", ""}};
    report.policies = {std::move(result)};
    return report;
}

// A store in a directory of its own, at noon of a day that stands still.
class TlsReportsFixture : public dmarcreports::ReportsFixture {
protected:
    TlsReportsFixture() { open_tls({}); }
    ~TlsReportsFixture() override { tls_.reset(); }

    void open_tls(Settings settings) { tls_ = Reports::open(database_, clock_, log::Log::silent(), settings).value(); }
    void see(const Session& session, int times = 1)
    {
        for (int i = 0; i < times; ++i) tls_->record(session);
        value_of(tls_->flush());
    }

    std::shared_ptr<Reports> tls_;
};

}  // namespace sealpost::tlsreports
