#include "serve/tlstest/missing_issuer.hpp"

#include "sys/async/workers.hpp"
#include "sys/http/respond.hpp"
#include "sys/http/server.hpp"

#include <gtest/gtest.h>

namespace sealpost::tlstest {
namespace {

crypto::CertificateOrder order_for(const std::string& name)
{
    crypto::CertificateOrder order;
    order.subject = name;
    order.not_before = SystemClock().now() - std::chrono::hours(1);
    order.not_after = SystemClock().now() + std::chrono::hours(1);
    return order;
}

crypto::Issuer make_authority(const std::string& name, const crypto::Issuer* above)
{
    auto order = order_for(name);
    order.is_ca = true;
    const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
    auto certificate = above ? crypto::make_certificate(order, key, *above) : crypto::make_certificate(order, key);
    return {std::move(*certificate), key};
}

Task<http::Response> answer_with(std::string body)
{
    http::Response response = http::text_response(200, "application/pkix-cert", std::move(body));
    co_return response;
}

// A mail host whose certificate says that its issuer's can be had at a loopback address.
class MissingIssuerTest : public testing::Test {
protected:
    MissingIssuerTest()
    {
        http::Router router;
        const Bytes der = issuing_.certificate.to_der();
        router.add(http::Method::get, "/issuing.der",
                   [body = std::string(as_text(der))](http::Request&) -> Task<http::Response> { return answer_with(body); });
        http::ServerOptions options;
        options.name = "test";
        options.at = {IpAddress::loopback_v4(), 0};
        server_ = http::HttpServer::start(workers_, options, std::make_shared<const http::Router>(std::move(router)),
                                          log::Log::silent())
                      .value();
        auto order = order_for("mx.acme.test");
        order.dns_names = {"mx.acme.test"};
        order.aia_issuer_url = "http://127.0.0.1:" + std::to_string(server_->local().port) + "/issuing.der";
        chain_.push_back(crypto::make_certificate(order, crypto::PrivateKey::make_ecdsa_p256().value(), issuing_).value());
        tls::ClientOptions trusting;
        trusting.trust = {.system = false, .pem_texts = {root_.certificate.to_pem()}};
        context_ = tls::ClientContext::make(trusting).value();
    }
    ~MissingIssuerTest() override
    {
        async::run_here([this] { return server_->stop(Deadline::after(std::chrono::milliseconds(200))); });
    }

    MissingIssuer fetch_for(const char* host)
    {
        const IssuerFetcher fetcher(nullptr, context_, [](const IpAddress& address) { return !address.is_loopback(); });
        MissingIssuer missing;
        async::run_here([&]() -> Task<void> {
            MissingIssuer fetched =
                co_await fetcher.fetch(MissingIssuer(), chain_, *parse_ip(host), Deadline::after(std::chrono::seconds(20)));
            missing = std::move(fetched);
        });
        return missing;
    }

    crypto::Issuer root_ = make_authority("Root", nullptr);
    crypto::Issuer issuing_ = make_authority("Issuing", &root_);
    std::vector<crypto::Certificate> chain_;
    std::shared_ptr<const tls::ClientContext> context_;
    async::Workers workers_{1};
    std::unique_ptr<http::HttpServer> server_;
};

TEST_F(MissingIssuerTest, IsFetchedFromInsideForAHostInside) { EXPECT_EQ(fetch_for("127.0.0.9").fetched, Fetched::completes); }

TEST_F(MissingIssuerTest, IsNotFetchedFromInsideForAHostOutThere)
{
    EXPECT_EQ(fetch_for("203.0.113.9").fetched, Fetched::failed);
}

}  // namespace
}  // namespace sealpost::tlstest
