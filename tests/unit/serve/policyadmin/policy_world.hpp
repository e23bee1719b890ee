#pragma once

#include "serve/policyadmin/policyadmin.hpp"
#include "serve/service_world.hpp"

#include <fstream>
#include <iterator>

namespace sealpost::test {

// A gateway's policy over a store in a directory of its own, with administrators of three kinds:
// mia and max of the node, ada of an account.
class PolicyWorld : public ServiceWorld {
protected:
    PolicyWorld() { open({}); }

    void open(policyadmin::Questions questions)
    {
        const std::vector<policy::ListenerInfo> listeners{{"public", policy::ListenerKind::public_mail},
                                                          {"private", policy::ListenerKind::private_mail}};
        store_ = revisions::PolicyStore::open(database_, clock_, listeners).value();
        policyadmin::Parts parts;
        const std::vector<admin::Area> areas{admin::Area::mail_policies};
        parts.admin = std::make_shared<const admin::Desk>(admin::Parts{people_, "https://keys.test", areas});
        parts.editor = std::make_shared<revisions::PolicyEditor>(store_);
        parts.questions = std::move(questions);
        parts.pool = &pool_;
        log_ = log::Log::to_file(log_file(), log::Format::json, log::Level::info);
        parts.log = log_;
        router_ = http::Router();
        admin::add_routes(router_, parts.admin);
        policyadmin::add_routes(router_, std::move(parts));
    }

    [[nodiscard]] std::string log_file() const { return directory_ + "/log.json"; }
    [[nodiscard]] std::string read_log() const
    {
        log_.warning("log.read", {});  // brings all that was before into the file
        std::ifstream in(log_file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    // Signed in without the price of Argon2id: a session is begun as signing in begins it.
    Client signed_in(const std::string& name, people::Duties duties = {std::nullopt, true})
    {
        const auto id = value_of(people_->administrators().add(name, duties, Secret::copy_of("correct horse battery"))).id;
        const auto session = value_of(people_->administrator_sessions().begin(id, people::Assurance::account, Secret()));
        Client client;
        client.csrf = session.csrf;
        client.cookies["__Host-sealpost-admin"] = std::string(session.token.reveal_text());
        return client;
    }

    Answer get(Client& client, const std::string& what) { return ask(client, {http::Method::get, "/api/v1/policy/" + what}); }
    Answer post(Client& client, const std::string& what, const json::object& body)
    {
        return ask(client, {http::Method::post, "/api/v1/policy/" + what, json::serialize(body)});
    }
    std::string edition(Client& client) { return get(client, "state").text("edition"); }
    Answer edit(Client& client, const std::string& edition, json::array changes)
    {
        return post(client, "edit", {{"edition", edition}, {"changes", std::move(changes)}});
    }

    // A change that adds a policy of that name.
    static json::object new_policy(const std::string& name)
    {
        return {{"do", "put"},
                {"section", "mail_flow_policy"},
                {"values", {{"name", name}, {"behavior", "accept"}, {"tls", "required"}}}};
    }
    static json::object add_senders(const std::string& row, const std::string& text)
    {
        return {{"do", "add_senders"}, {"row", row}, {"text", text}};
    }

    async::BlockingPool pool_{1};
    std::shared_ptr<revisions::PolicyStore> store_;
    log::Log log_ = log::Log::silent();
};

}  // namespace sealpost::test
