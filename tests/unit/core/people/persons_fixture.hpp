#pragma once

#include "core/people/fixture.hpp"

namespace sealpost::test {

inline constexpr std::string_view good_password = "correct horse battery";

// Persons, and what they do in sessions that begin for it.
class PersonsTest : public PeopleTest {
protected:
    people::Persons& persons() { return people_->persons(); }
    people::PasswordChange set_password(people::PersonId id, std::string_view password = good_password)
    {
        return value_of(persons().set_password(id, secret(password), {}, "local"));
    }
    Secret begin(people::PersonId id, people::Assurance assurance)
    {
        return value_of(people_->sessions().begin(id, assurance, {})).token;
    }
    people::AddedAddress add_address(people::PersonId id, std::string address,
                                     people::Assurance assurance = people::Assurance::mailbox)
    {
        return value_of(persons().add_address(id, std::move(address), begin(id, assurance), "local"));
    }
    // As a row: no code is asked for.
    void give_app(people::PersonId id)
    {
        auto work = [id](db::Connection& connection) {
            auto insert = connection.prepare(
                "insert into people_totp (owner_kind, owner_id, in_use, ring, key_version, nonce, sealed, used_step, added_at)"
                " values (0, ?1, 1, 'service', 1, ?2, ?2, 0, 0)");
            return insert.bind(1, id.value()).bind(2, as_bytes("x")).run();
        };
        ASSERT_TRUE(database_->write_now(work).has_value());
    }
    std::optional<people::RightPassword<people::Person>> sign_in(std::string address, std::string_view password = good_password)
    {
        return value_of(persons().check_password(std::move(address), secret(password)));
    }
};

}  // namespace sealpost::test
