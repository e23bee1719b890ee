#pragma once

#include "base/encoding.hpp"
#include "core/domains/domains.hpp"
#include "core/keys/kek.hpp"
#include "core/keys/kek_vault.hpp"
#include "core/keys/key_store.hpp"
#include "core/people/people.hpp"
#include "core/queue/queue.hpp"
#include "sys/async/wait.hpp"
#include "sys/async/workers.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/db/database.hpp"
#include "sys/http/respond.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"
#include "wire/seal/armor.hpp"
#include "wire/seal/identity.hpp"
#include "wire/seal/sealer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>

namespace sealpost::test {

namespace json = boost::json;

// Runs one task that answers a Result, and gives its value.
template <class T>
T value_of(Task<Result<T>> task)
{
    auto answer = async::wait_here(std::move(task));
    EXPECT_TRUE(answer.has_value());
    if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

struct Answer {
    int status = 0;
    http::Headers headers;
    std::string body;

    [[nodiscard]] json::object object() const
    {
        boost::system::error_code error;
        auto value = json::parse(body, error);
        EXPECT_FALSE(error) << body;
        return value.is_object() ? value.get_object() : json::object();
    }
    [[nodiscard]] std::string text(std::string_view name) const
    {
        const auto whole = object();
        const auto* value = whole.if_contains(name);
        return value && value->is_string() ? std::string(value->get_string()) : std::string();
    }
    // The last part of the problem's type.
    [[nodiscard]] std::string problem() const
    {
        const std::string type = text("type");
        return type.substr(type.rfind(':') + 1);
    }
};

// One browser or gateway: keeps its cookies, its origin and its CSRF token.
struct Client {
    std::string origin = "https://keys.test";
    std::string csrf;
    std::string authorization;
    std::map<std::string, std::string> cookies;
    IpAddress address = IpAddress::v4({192, 0, 2, 77});
    std::string idempotency_key = {};
};

struct Call {
    http::Method method = http::Method::get;
    std::string target;
    std::string body = {};
    std::string content_type = "application/json";
    std::string accept = "application/json";
};

// A service over a store in a directory of its own, asked without sockets.
class ServiceWorld : public testing::Test {
protected:
    ServiceWorld()
    {
        database_ = test::open_store(directory_ + "/store.db").value();
        EXPECT_TRUE(keys::KekFile::make(directory_ + "/kek.key", clock_.now()).has_value());
        auto kek = keys::KekFile::open(directory_ + "/kek.key").value();
        people::People::Options options;
        options.vault = std::make_shared<keys::KekVault>(kek);
        people_ = people::People::open(database_, clock_, std::move(options)).value();
        keys_ = keys::KeyStore::open({database_, &clock_, kek, log::Log::silent(), {}}).value();
        domains_ = domains::Domains::open(database_, clock_).value();
        people::Account acme;
        acme.name = "acme";
        acme.organisation = "Acme Ltd";
        acme.domains = {"acme.test"};
        account_ = value_of(people_->accounts().add(acme)).id;
    }
    ~ServiceWorld() override { database_->close(); }

    Answer ask(Client& client, Call call)
    {
        Answer answer;
        async::run_here([&] { return run(client, call, answer); });
        return answer;
    }

    Client make_gateway()
    {
        auto token = value_of(people_->accounts().make_token(account_, "mx1", {"envelopes"}));
        Client gateway;
        gateway.origin = "";
        gateway.authorization = "Bearer " + std::string(token.token.reveal_text());
        return gateway;
    }

    std::string seal(std::string_view text)
    {
        seal::Sealer sealer(identity_);
        std::string sealed = sealer.append(text);
        return sealed + sealer.finish();
    }

    json::object make_record(const std::string& age_file) const
    {
        return {{"identity", identity_.text().reveal_text()},
                {"ciphertext", {{"sha256", format_hex(crypto::sha256(age_file))}, {"size", age_file.size()}}},
                {"sender", {{"address", "alice@acme.test"}, {"name", "Alice"}}},
                {"subject", "The contract"},
                {"message_id", "<1@acme.test>"},
                {"recipients", {"bob@partner.test", "carol@partner.test"}},
                {"profile", "default"},
                {"assurance", "mailbox"},
                {"expires_at", format_rfc3339(clock_.now() + std::chrono::hours(48))},
                {"rights", {{"reply", true}, {"reply_all", true}, {"forward", false}}},
                {"receipt", true},
                {"hosted", true}};
    }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
    ManualClock clock_{parse_rfc3339("2026-11-22T08:00:00Z").value()};
    std::shared_ptr<db::Database> database_;
    std::shared_ptr<people::People> people_;
    std::shared_ptr<keys::KeyStore> keys_;
    std::shared_ptr<domains::Domains> domains_;
    people::AccountId account_;
    seal::Identity identity_ = seal::make_identity();
    http::Router router_;

    // As http::Connection does it.
    Task<void> run(Client& client, Call& call, Answer& answer)
    {
        async::StringSource body(std::move(call.body));
        co_await run(client, call, body, answer);
    }
    Task<void> run(Client& client, const Call& call, async::ByteSource& body, Answer& answer)
    {
        http::Request request = make_request(client, call);
        request.body = &body;
        auto match = router_.find(request.method, request.path);
        http::Response response = http::problem_response(http::not_found());
        if (match.route) {
            request.parameters = std::move(match.parameters);
            std::optional<http::Response> stopped;
            for (const auto& guard : match.route->options.guards)
                if (!stopped) stopped = guard(request);
            if (stopped)
                response = std::move(*stopped);
            else
                response = co_await match.route->handler(request);
        }
        answer.status = response.status;
        answer.headers = response.headers;
        keep_cookies(client, response);
        if (auto* text = std::get_if<std::string>(&response.body)) answer.body = *text;
        if (auto* fixed = std::get_if<http::StaticText>(&response.body)) answer.body = fixed->text;
        auto* source = std::get_if<std::unique_ptr<async::ByteSource>>(&response.body);
        while (source && *source) {
            auto piece = co_await (*source)->next();
            if (piece.has_error() || piece->empty()) break;
            answer.body += *piece;
        }
    }

private:
    static http::Request make_request(const Client& client, const Call& call)
    {
        http::Request request;
        request.method = call.method;
        request.path = call.target.substr(0, call.target.find('?'));
        request.query = call.target.substr(std::min(request.path.size() + 1, call.target.size()));
        request.peer = {client.address, 40000};
        request.over_tls = true;
        request.headers.set("Content-Type", call.content_type);
        request.headers.set("Accept", call.accept);
        if (!client.origin.empty()) request.headers.set("Origin", client.origin);
        if (!client.idempotency_key.empty()) request.headers.set("Idempotency-Key", client.idempotency_key);
        if (!client.csrf.empty()) request.headers.set("X-CSRF-Token", client.csrf);
        if (!client.authorization.empty()) request.headers.set("Authorization", client.authorization);
        for (const auto& [name, value] : client.cookies) request.headers.add("Cookie", name + "=" + value);
        return request;
    }

    static void keep_cookies(Client& client, const http::Response& response)
    {
        for (const auto& [name, value] : response.headers.all()) {
            if (name != "Set-Cookie") continue;
            EXPECT_THAT(value, testing::HasSubstr("; Path=/; Secure; HttpOnly; SameSite=Lax"));
            const auto equals = value.find('=');
            client.cookies[value.substr(0, equals)] = value.substr(equals + 1, value.find(';') - equals - 1);
        }
    }
};

}  // namespace sealpost::test
