#include "serve/domaintests/json.hpp"

#include <gtest/gtest.h>

namespace sealpost::test {
namespace {

namespace json = boost::json;

TEST(DomainTestJson, SaysWhatMendsAHost)
{
    EXPECT_FALSE(domaintests::explain_host({{"verdict", "expired"}}, Language::fr).at("fix").as_string().empty());
    const auto fix_of = [](const json::object& host) {
        return std::string(domaintests::explain_host(host, Language::en).at("fix").as_string());
    };
    EXPECT_NE(fix_of({{"verdict", "unreachable"}}).find("firewall"), std::string::npos);
    EXPECT_NE(fix_of({{"verdict", "unreachable"}, {"asked", false}}).find("delivery.source_address"), std::string::npos)
        << "a fault of ours blames nobody else";
    EXPECT_NE(fix_of({{"verdict", "unreachable"}, {"asked", false}, {"left_out", true}}).find("fewer"), std::string::npos);
}

TEST(DomainTestJson, LeavesWhatTheTestSaidOfTheCertificateAtFault)
{
    const json::object told{{"verdict", "expired"}, {"faulty", 1}, {"missing_issuer", "CN=Issuing"}};
    const auto explained = domaintests::explain_host(told, Language::en);
    EXPECT_EQ(explained.at("faulty"), 1);
    EXPECT_EQ(explained.at("missing_issuer"), "CN=Issuing");
    EXPECT_TRUE(explained.at("missing_issuer_url").is_null());
    EXPECT_TRUE(domaintests::explain_host({{"verdict", "ok"}}, Language::en).at("faulty").is_null());
}

TEST(DomainTestJson, TellsTheCertificateAtFaultOfOlderTestsWhereTheVerdictDoes)
{
    const json::object leaf{{"subject", "CN=mx.acme.test"}, {"issuer", "CN=Issuing"}};
    const json::object root{{"subject", "CN=Root"}, {"issuer", "CN=Root"}};
    const auto faulty_of = [](std::string_view verdict, json::array chain) {
        const json::object host{{"verdict", verdict}, {"chain", std::move(chain)}};
        return domaintests::explain_host(host, Language::en).at("faulty");
    };
    EXPECT_EQ(faulty_of("name_mismatch", json::array{leaf}), 0);
    EXPECT_EQ(faulty_of("missing_intermediate", json::array{leaf}), 1);
    EXPECT_EQ(faulty_of("untrusted_root", json::array{leaf}), 1) << "the authority was not sent";
    EXPECT_EQ(faulty_of("untrusted_root", json::array{leaf, root}), 1);
    EXPECT_TRUE(faulty_of("expired", json::array{leaf, root}).is_null()) << "nobody knows which";
    EXPECT_TRUE(faulty_of("ok", json::array{leaf}).is_null());
    EXPECT_TRUE(faulty_of("no_starttls", {}).is_null());
    const json::object said{{"verdict", "name_mismatch"}, {"chain", json::array{leaf}}, {"faulty", nullptr}};
    EXPECT_TRUE(domaintests::explain_host(said, Language::en).at("faulty").is_null()) << "what the test says counts";
}

}  // namespace
}  // namespace sealpost::test
