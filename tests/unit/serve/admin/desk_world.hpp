#pragma once

#include "serve/admin/desk.hpp"
#include "serve/service_world.hpp"
#include "sys/crypto/one_time_code.hpp"

namespace sealpost::test {

using admin::Area;
using http::Method;

// Administrators ada (of an account), mia (of the node) and max (of both), and the desk at which they sign in.
class AdminDesk : public ServiceWorld {
protected:
    AdminDesk()
    {
        open_desk(false);
        add("ada", {account_});
        add("mia", {std::nullopt, true});
        add("max", {account_, true});
    }

    void open_desk(bool requires_second_factor)
    {
        router_ = http::Router();
        const std::vector<Area> areas{Area::account, Area::mail_policies};
        admin::Parts parts{people_, "https://keys.test", areas};
        parts.requires_second_factor = requires_second_factor;
        desk_ = std::make_shared<const admin::Desk>(std::move(parts));
        admin::add_routes(router_, desk_);
        for (const auto area : areas) {
            const auto answer = [area](const admin::Desk& desk, http::Request& request) { return enter(desk, request, area); };
            router_.add(Method::post, "/duty/" + std::string(admin::format_area(area)),
                        http::answer_with([desk = desk_, answer](http::Request& request) { return answer(*desk, request); }),
                        desk_->from_own_pages());
        }
    }

    static Task<http::Checked<http::Response>> enter(const admin::Desk& desk, http::Request& request, Area area)
    {
        SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, admin::Desk::Purpose::change, area));
        co_return http::text_response(200, "text/plain", admin::who_of(signed_in));
    }

    void add(const std::string& name, people::Duties duties)
    {
        value_of(people_->administrators().add(name, duties, Secret::copy_of("correct horse battery")));
    }
    Answer session(Client& client) { return ask(client, {Method::get, "/api/v1/admin/session"}); }
    Answer sign_in(Client& client, const std::string& name, const std::string& password)
    {
        Answer in = ask(client, {Method::post, "/api/v1/admin/session",
                                 json::serialize(json::object{{"name", name}, {"password", password}})});
        client.csrf = in.text("csrf");
        return in;
    }
    // The second step: with "totp" or "recovery_code".
    Answer sign_in_with(Client& client, const std::string& name, const std::string& field, const std::string& code)
    {
        const json::object body{{"name", name}, {"password", "correct horse battery"}, {field, code}};
        Answer in = ask(client, {Method::post, "/api/v1/admin/session", json::serialize(body)});
        client.csrf = in.text("csrf");
        return in;
    }
    Client signed_in(const std::string& name)
    {
        Client client;
        EXPECT_EQ(sign_in(client, name, "correct horse battery").status, 200);
        return client;
    }
    std::string work(Client& client, const std::string& area)
    {
        const Answer answer = ask(client, {Method::post, "/duty/" + area});
        return answer.status == 200 ? "done" : answer.problem();
    }

    // What the trail says of a name, oldest first, but for what made it.
    std::string trail_of(const std::string& name)
    {
        const auto flush = [](db::Connection& connection) { return connection.execute("select 1"); };
        EXPECT_TRUE(database_->write_now(flush).has_value());
        std::string told;
        for (const auto& record : value_of(people_->audit().list({.subject = "administrator:" + name, .most = 1000})))
            if (record.entry.what != "administrator.added")
                told = record.entry.who + ' ' + record.entry.network + ' ' + record.entry.what + '\n' + told;
        return told;
    }

    std::int64_t count_sessions() { return ask_number(*database_, "select count(*) from people_session"); }

    static std::string names(const Answer& answer)
    {
        std::string names;
        const auto object = answer.object();
        for (const auto& one : object.at("administrators").as_array())
            names += (names.empty() ? "" : " ") + std::string(one.at("name").as_string());
        return names;
    }

    std::shared_ptr<const admin::Desk> desk_;
};

}  // namespace sealpost::test
