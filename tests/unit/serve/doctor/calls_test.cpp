#include "serve/doctor/calls.hpp"

#include "serve/service_world.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::test {
namespace {

using admin::Area;

class DoctorCalls : public ServiceWorld {
protected:
    void serve(std::vector<Area> areas)
    {
        auto desk = std::make_shared<const admin::Desk>(admin::Parts{people_, "https://keys.test", std::move(areas)});
        doctor::add_routes(router_, std::move(desk), [this](const std::vector<Area>& asked) {
            asked_ = asked;
            doctor::Parts parts;
            parts.resolver = std::make_shared<dns::CannedResolver>("");
            parts.test = test_nothing;
            return parts;
        });
    }

    static Task<tlstest::DomainTestResult> test_nothing(std::string) { co_return tlstest::DomainTestResult(); }
    Answer examine(people::Duties duties, const std::string& name)
    {
        const auto id = value_of(people_->administrators().add(name, duties, Secret::copy_of("correct horse battery"))).id;
        const auto session = value_of(people_->administrator_sessions().begin(id, people::Assurance::account, Secret()));
        Client client;
        client.csrf = session.csrf;
        client.cookies["__Host-sealpost-admin"] = std::string(session.token.reveal_text());
        return ask(client, {http::Method::post, "/api/v1/doctor", R"({"domain":"acme.test"})"});
    }

    std::vector<Area> asked_;
};

TEST_F(DoctorCalls, AreAnsweredWithWhatTheAreasOfTheAdministratorAllow)
{
    serve({Area::account, Area::mail_policies, Area::node});
    EXPECT_EQ(examine({account_}, "ada").status, 200);
    EXPECT_EQ(asked_, (std::vector<Area>{Area::account}));
    EXPECT_EQ(examine({std::nullopt, true}, "mia").status, 200);
    EXPECT_EQ(asked_, (std::vector<Area>{Area::mail_policies, Area::node}));
}

TEST_F(DoctorCalls, AreNotForThoseWhoAdministerNothingThatStandsHere)
{
    serve({Area::mail_policies, Area::node});
    const auto refused = examine({account_}, "eve");
    EXPECT_EQ(refused.problem(), "not-allowed");
    EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace sealpost::test
