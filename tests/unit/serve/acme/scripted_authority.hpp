#pragma once

#include "base/encoding.hpp"
#include "serve/acme/conversation.hpp"
#include "sys/crypto/es256_verifier.hpp"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <map>

namespace sealpost::acme::test {

// An authority without a network: checks every signature and nonce as RFC 8555 §6 asks, issues what it is asked for, and
// misbehaves as the test says. One order at a time.
class ScriptedAuthority {
public:
    explicit ScriptedAuthority(const Clock& clock) : clock_(&clock), root_key_(crypto::PrivateKey::make_ecdsa_p256().value())
    {
        crypto::CertificateOrder root;
        root.subject = "Scripted root";
        root.is_ca = true;
        root.not_before = clock.now() - std::chrono::hours(1);
        root.not_after = clock.now() + std::chrono::hours(24 * 3650);
        root_ = crypto::make_certificate(root, root_key_).value();
    }

    // What it does wrong.
    int nonces_to_refuse = 0;
    bool is_down = false;
    int status_of_all = 0;    // 503: of every answer, without a problem document
    std::string refusal;      // a problem document for newOrder
    std::string retry_after;  // of every refusal
    std::string authorization_status = "valid";
    std::string name_in_certificate;  // instead of those of the request
    bool forgets_accounts = false;    // once
    bool wants_external_account = false;
    bool certifies_own_key = false;
    std::chrono::hours life{24 * 90};

    // What was asked of it.
    int directories = 0, orders = 0, accounts = 0;
    std::vector<std::string> challenges_answered;

    [[nodiscard]] Send send()
    {
        return [this](http::ClientRequest request, Deadline) { return answer(std::move(request)); };
    }
    static constexpr const char* directory_url = "https://ca.test/directory";

private:
    using Answer = http::ClientResponse;

    Task<Result<Answer>> answer(http::ClientRequest request)
    {
        if (is_down) co_return Error{Fault::retry_later, "connection refused"};
        Answer answer;
        if (status_of_all != 0)
            answer.status = status_of_all;
        else
            respond(request, answer);
        if (answer.status >= 400 && !retry_after.empty()) answer.headers.add("Retry-After", retry_after);
        answer.headers.add("Replay-Nonce", nonce_ = "nonce" + std::to_string(++nonces_));
        co_return answer;
    }

    void respond(const http::ClientRequest& request, Answer& answer)
    {
        answer.status = 200;
        EXPECT_TRUE(request.headers.has("User-Agent"));  // RFC 8555 §6.1: MUST
        if (request.url == directory_url) {
            ++directories;
            answer.body =
                boost::json::serialize(boost::json::object{{"newNonce", "https://ca.test/nonce"},
                                                           {"newAccount", "https://ca.test/account"},
                                                           {"newOrder", "https://ca.test/order"},
                                                           {"meta", {{"externalAccountRequired", wants_external_account}}}});
            return;
        }
        if (request.url == "https://ca.test/nonce") return;
        const auto payload = check_signature(request, answer);
        if (!payload) return;
        if (request.url == "https://ca.test/account") return make_account(answer);
        if (request.url == "https://ca.test/order") return make_order(*payload, answer);
        if (request.url.starts_with("https://ca.test/authorization/")) return show_authorization(request.url.substr(30), answer);
        if (request.url.starts_with("https://ca.test/challenge/")) {
            challenges_answered.push_back(request.url.substr(26));
            authorization_status = "valid";
            answer.body = "{}";
            return;
        }
        if (request.url == "https://ca.test/finalize") return issue(*payload, answer);
        if (request.url == "https://ca.test/certificate") {
            answer.body = chain_;
            return;
        }
        answer.body = format_order();  // https://ca.test/order/1
    }

    // The payload of a request that is signed as it must be; otherwise the answer says what is wrong.
    std::optional<std::string> check_signature(const http::ClientRequest& request, Answer& answer)
    {
        EXPECT_EQ(request.headers.find("Content-Type"), "application/jose+json");
        const auto jws = boost::json::parse(request.body);
        const auto text = [&](const char* key) { return boost::json::value_to<std::string>(jws.at(key)); };
        const auto head = boost::json::parse(as_text(parse_base64url(text("protected")).value()));
        EXPECT_EQ(boost::json::value_to<std::string>(head.at("url")), request.url);
        if (head.as_object().contains("jwk")) {
            point_ = {parse_base64url(boost::json::value_to<std::string>(head.at("jwk").at("x"))).value(),
                      parse_base64url(boost::json::value_to<std::string>(head.at("jwk").at("y"))).value()};
        } else {
            EXPECT_EQ(boost::json::value_to<std::string>(head.at("kid")), "https://ca.test/account/" + std::to_string(accounts));
            if (std::exchange(forgets_accounts, false)) return refuse(answer, 400, "accountDoesNotExist");
        }
        EXPECT_TRUE(
            crypto::verify_es256(point_, text("protected") + '.' + text("payload"), parse_base64url(text("signature")).value()));
        const bool is_fresh = boost::json::value_to<std::string>(head.at("nonce")) == nonce_;
        if (!is_fresh || nonces_to_refuse > 0) {
            --nonces_to_refuse;
            return refuse(answer, 400, "badNonce");
        }
        return std::string(as_text(parse_base64url(text("payload")).value()));
    }

    std::nullopt_t refuse(Answer& answer, int status, const std::string& type)
    {
        answer.status = status;
        answer.body = R"({"type":"urn:ietf:params:acme:error:)" + type + R"(","detail":"as scripted"})";
        return std::nullopt;
    }

    void make_account(Answer& answer)
    {
        answer.status = 201;
        answer.headers.add("Location", "https://ca.test/account/" + std::to_string(++accounts));
        answer.body = R"({"status":"valid"})";
    }

    void make_order(const std::string& payload, Answer& answer)
    {
        ++orders;
        if (!refusal.empty()) {
            answer.status = 429;
            answer.body = refusal;
            return;
        }
        names_.clear();
        const auto order = boost::json::parse(payload);
        for (const auto& each : order.at("identifiers").as_array())
            names_.push_back(boost::json::value_to<std::string>(each.at("value")));
        order_status_ = authorization_status == "valid" ? "ready" : "pending";
        answer.status = 201;
        answer.headers.add("Location", "https://ca.test/order/1");
        answer.body = format_order();
    }

    std::string format_order()
    {
        if (order_status_ == "pending" && authorization_status == "valid") order_status_ = "ready";
        boost::json::array authorizations;
        for (const auto& name : names_) authorizations.emplace_back("https://ca.test/authorization/" + name);
        boost::json::object order{
            {"status", order_status_}, {"authorizations", authorizations}, {"finalize", "https://ca.test/finalize"}};
        if (order_status_ == "valid") order["certificate"] = "https://ca.test/certificate";
        return boost::json::serialize(order);
    }

    void show_authorization(const std::string& name, Answer& answer)
    {
        boost::json::object challenge{{"type", "http-01"},
                                      {"url", "https://ca.test/challenge/" + name},
                                      {"token", "DGyRejmCefe7v4NfDGDKfA"},
                                      {"status", authorization_status}};
        if (authorization_status == "invalid")
            challenge["error"] = {{"type", "urn:ietf:params:acme:error:dns"}, {"detail", "no address found"}};
        answer.body = boost::json::serialize(boost::json::object{{"status", authorization_status},
                                                                 {"identifier", {{"type", "dns"}, {"value", name}}},
                                                                 {"challenges", boost::json::array{challenge}}});
    }

    void issue(const std::string& payload, Answer& answer)
    {
        const auto csr = parse_base64url(boost::json::value_to<std::string>(boost::json::parse(payload).at("csr"))).value();
        crypto::CertificateOrder order;
        order.dns_names = name_in_certificate.empty() ? names_ : std::vector<std::string>{name_in_certificate};
        order.not_before = clock_->now();
        order.not_after = clock_->now() + life;
        chain_ = sign(order, csr);
        order_status_ = "valid";
        answer.body = format_order();
    }

    std::string sign(const crypto::CertificateOrder& order, const Bytes& csr) const;

    const Clock* clock_;
    crypto::PrivateKey root_key_;
    std::optional<crypto::Certificate> root_;
    int nonces_ = 0;
    std::string nonce_;
    crypto::P256Point point_;
    std::vector<std::string> names_;
    std::string order_status_;
    std::string chain_;
};

}  // namespace sealpost::acme::test
