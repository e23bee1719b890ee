#pragma once

#include "serve/keyserver/keyserver.hpp"
#include "serve/reader/reader.hpp"
#include "serve/service_world.hpp"

namespace sealpost::test {

struct SentCode {
    std::string address;
    std::string language;
    std::string code;
    std::string reference;
    std::string organisation;
};
struct SentMessage {
    reader::MessageOrder order;
    std::string message;
};

// Keeps what was to be mailed.
class FakeOutbox final : public reader::Outbox {
public:
    Task<Result<>> send_code(reader::CodeMail mail) override
    {
        codes.push_back({mail.address, mail.language, std::string(mail.code.reveal_text()), mail.reference, mail.organisation});
        if (is_broken) co_return Error{Fault::retry_later, "disk full"};
        co_return Result<>();
    }
    Task<Result<>> send_factor_note(reader::FactorNote note) override
    {
        notes.push_back(std::move(note));
        if (is_broken) co_return Error{Fault::retry_later, "disk full"};
        co_return Result<>();
    }
    Task<Result<reader::SendingIdentity>> choose_identity(std::string person) override
    {
        co_return reader::SendingIdentity{
            "replies@keys.test", "\"Bob via keys.test\" <replies@keys.test>", person, "keys.test", "service", "spf_not_pass"};
    }
    std::unique_ptr<reader::MessageDraft> begin_message() override { return std::make_unique<Draft>(*this); }
    Task<Result<std::optional<reader::MessageAccepted>>> find_accepted(reader::MessageOrder order) override
    {
        for (const auto& sent : messages)
            if (!order.once.empty() && sent.order.once == order.once)
                co_return std::optional(reader::MessageAccepted{sent.order.message_id, {}});
        co_return std::optional<reader::MessageAccepted>();
    }

    std::vector<SentCode> codes;
    std::vector<reader::FactorNote> notes;
    std::vector<SentMessage> messages;
    bool is_broken = false;

private:
    class Draft final : public reader::MessageDraft {
    public:
        explicit Draft(FakeOutbox& outbox) : outbox_(outbox) {}
        Task<Result<>> write(std::string piece) override
        {
            message_ += piece;
            co_return Result<>();
        }
        Task<Result<reader::MessageAccepted>> send(reader::MessageOrder order) override
        {
            reader::MessageAccepted accepted;
            accepted.message_id = order.message_id;
            for (const auto& address : order.recipients) accepted.deliveries.push_back({address, "envelope", "acme.test"});
            outbox_.messages.push_back({std::move(order), message_});
            co_return accepted;
        }

    private:
        FakeOutbox& outbox_;
        std::string message_;
    };
};

class ReaderWorld : public ServiceWorld {
protected:
    ReaderWorld()
    {
        keyserver::add_routes(router_, {people_, keys_, "https://keys.test", log::Log::silent()});
        reader::Parts parts;
        parts.domains = domains_;
        parts.people = people_;
        parts.keys = keys_;
        parts.outbox = outbox_;
        parts.clock = &clock_;
        parts.origin = "https://keys.test";
        parts.name = "keys.test";
        parts.least_time = std::chrono::milliseconds(0);
        parts.max_held_bytes = 4 * 1024 * 1024;
        parts.pool = &pool_;
        parts.upload_guards.push_back([this](const http::Request&) -> std::optional<http::Response> {
            if (has_room_) return std::nullopt;
            return http::problem_response(http::Problem(503, "no-room", "no room"));
        });
        reader::add_routes(router_, std::move(parts));
    }

    async::BlockingPool pool_{1};
    bool has_room_ = true;  // for what is handed in

    // As the gateway does it; `hosted` also hands the ciphertext in.
    void store(const json::object& record, bool hosted)
    {
        Client gateway = make_gateway();
        const std::string path = "/api/v1/envelopes/" + id_;
        const Answer stored = ask(gateway, {http::Method::put, path, json::serialize(record)});
        EXPECT_EQ(stored.status, 201) << stored.body;
        if (!hosted) return;
        EXPECT_EQ(ask(gateway, {http::Method::put, path + "/content", age_file_}).status, 204);
    }
    void store(bool hosted) { store(make_record(age_file_), hosted); }

    Answer get(Client& client, const std::string& path) { return ask(client, {http::Method::get, path}); }
    Answer post(Client& client, const std::string& path, const json::object& body = {})
    {
        return ask(client, {http::Method::post, path, json::serialize(body)});
    }
    Answer ask_code(Client& client, const std::string& address)
    {
        return post(client, "/api/v1/codes", {{"address", address}, {"ref", id_}, {"language", "fr"}});
    }
    Answer sign_in(Client& client, const std::string& challenge, const std::string& code, bool add = false)
    {
        json::object body{{"challenge", challenge}, {"code", code}};
        if (add) body["add"] = true;
        const Answer answer = post(client, "/api/v1/session", body);
        if (answer.status == 200) client.csrf = answer.text("csrf");
        return answer;
    }
    // By a code, with the mail read from the outbox.
    Client make_signed_in(const std::string& address)
    {
        Client client;
        const Answer challenge = ask_code(client, address);
        EXPECT_EQ(sign_in(client, challenge.text("challenge"), outbox_->codes.back().code).status, 200);
        return client;
    }
    Answer release(Client& client, const std::string& ref) { return post(client, "/api/v1/open/" + ref + "/release"); }

    static Call make_ingest(const std::string& file, const std::string& accept = "application/json")
    {
        const std::string form =
            "--FORM7\r\nContent-Disposition: form-data; name=\"envelope\"; filename=\"x\"\r\n\r\n" + file + "\r\n--FORM7--\r\n";
        return {http::Method::post, "/ingest", form, "multipart/form-data; boundary=FORM7", accept};
    }
    Answer ingest(const std::string& file, const std::string& origin = "null", const std::string& accept = "application/json")
    {
        Client browser;
        browser.origin = origin;
        return ask(browser, make_ingest(file, accept));
    }

    static std::string armor(const std::string& binary)
    {
        seal::ArmorWriter writer;
        std::string text = writer.append(binary);
        return text + writer.finish();
    }

    const std::string plain_ = "From: alice@acme.test\r\nSubject: The contract\r\n\r\n" + std::string(100'000, 'x') + "\r\n";
    const std::string age_file_ = seal(plain_);
    const std::string id_ = keys::make_envelope_id().value();
    std::shared_ptr<FakeOutbox> outbox_ = std::make_shared<FakeOutbox>();
};

}  // namespace sealpost::test
