#pragma once

#include "core/people/fixture.hpp"
#include "core/people/plain_vault.hpp"
#include "sys/crypto/one_time_code.hpp"

namespace sealpost::test {

using people::FactorVerdict;

// A person with a password, and the tokens of sessions at each assurance.
class FactorsTest : public StoreTest {
protected:
    FactorsTest()
    {
        people::People::Options options;
        options.vault = vault_;
        people_ = people::People::open(database_, clock_, std::move(options)).value();
        bob_ = value_of(people_->persons().ensure("bob@partner.test", "en", "local")).id;
    }

    Secret begin(people::Assurance assurance) { return value_of(people_->sessions().begin(bob_, assurance, {})).token; }
    people::FactorActor act(const Secret& session) { return {bob_, session.clone(), "192.0.2.0/24"}; }
    people::Assurance assurance_of(const Secret& session)
    {
        const auto found = value_of(people_->sessions().find(session.clone()));
        return found ? found->assurance : people::Assurance::low;
    }
    bool lives(const Secret& session) { return value_of(people_->sessions().find(session.clone())).has_value(); }

    Secret code_of(const Secret& key, int off = 0)
    {
        return secret(crypto::make_one_time_code(key, crypto::one_time_step_of(clock_.now()) + off));
    }
    // With the app set up from a session of the password; answers the strong session.
    Secret set_up_app()
    {
        const Secret session = begin(people::Assurance::account);
        auto offer = value_of(people_->factors().begin_totp(act(session)));
        key_ = std::move(offer.secret);
        auto answer = value_of(people_->factors().confirm_totp(act(session), code_of(key_)));
        EXPECT_EQ(answer.verdict, FactorVerdict::done);
        clock_.advance(std::chrono::seconds(60));
        return std::move(answer.session->token);
    }
    int count_audit(const std::string& what)
    {
        people::AuditFilter filter;
        filter.what = what;
        return static_cast<int>(value_of(people_->audit().list(filter)).size());
    }

    std::shared_ptr<PlainVault> vault_ = std::make_shared<PlainVault>();
    std::shared_ptr<people::People> people_;
    people::PersonId bob_;
    Secret key_;
};

}  // namespace sealpost::test
