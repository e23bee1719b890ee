// room: wire/smtp
//
// What a client may send. The first octet chooses how the input is split and what is offered; an octet
// 0xFE ends a flight: what follows it comes only after the server has answered.
#include "wire/smtp/server_session.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;
using namespace sealpost::smtp;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

class Owner {
public:
    explicit Owner(unsigned choice) : session_(profile(choice)) { session_.greet(); }

    static ServerProfile profile(unsigned choice)
    {
        ServerProfile profile;
        profile.hostname = "mx.acme.test";
        profile.offer_starttls = true;
        profile.offer_require_tls = true;
        profile.may_offer_auth = (choice & 1) != 0;
        profile.auth_without_tls = true;
        profile.limits.max_message_bytes = (choice & 2) != 0 ? 200 : 0;
        profile.limits.max_head_bytes = 300;
        return profile;
    }

    void feed(std::string_view flight, std::size_t step)
    {
        run();
        while (!flight.empty() && !over_) {
            const std::span<char> room = session_.room();
            require(!room.empty());
            const std::size_t count = std::min({flight.size(), room.size(), step});
            std::copy_n(flight.begin(), count, room.begin());
            session_.received(count);
            flight.remove_prefix(count);
            run();
        }
    }

    void end()
    {
        if (over_) return;
        session_.input_ended();
        run();
        require(over_);
    }

private:
    void run()
    {
        while (!over_) {
            ServerEvent event = session_.next();
            check_output();
            if (std::holds_alternative<NeedInput>(event)) return;
            take(event);
            check_output();
        }
    }

    void take(ServerEvent& event)
    {
        if (std::holds_alternative<MailSaid>(event))
            session_.answer({250, "2.1.0", "OK"});
        else if (auto* rcpt = std::get_if<RcptSaid>(&event))
            answer_rcpt(rcpt->rcpt);
        else if (std::holds_alternative<HelloSaid>(event))
            session_.answer({250, "", "OK"});
        else if (std::holds_alternative<CredentialsGiven>(event))
            session_.answer({235, "2.7.0", "OK"});
        else if (std::holds_alternative<ContentWanted>(event))
            session_.answer({354, "", "go"});
        else if (auto* piece = std::get_if<ContentPiece>(&event))
            content_ += piece->octets;
        else if (std::holds_alternative<ContentEnded>(event))
            end_content();
        else if (std::holds_alternative<TransactionReset>(event))
            content_.clear();
        else if (std::holds_alternative<TlsWanted>(event))
            session_.tls_started();
        else if (std::holds_alternative<Ended>(event))
            over_ = true;
    }

    void answer_rcpt(const RcptTo& rcpt)
    {
        session_.answer(rcpt.recipient.local == "no" ? Reply(550, "5.1.1", "No") : Reply(250, "2.1.5", "OK"));
    }

    // Whatever came in, a message is whole lines, each ended by CRLF and by nothing else.
    void end_content()
    {
        require(content_.empty() || content_.ends_with("\r\n"));
        for (std::size_t i = 0; i < content_.size(); ++i) {
            require(content_[i] != '\0');
            if (content_[i] == '\r') require(i + 1 < content_.size() && content_[i + 1] == '\n');
            if (content_[i] == '\n') require(i > 0 && content_[i - 1] == '\r');
        }
        content_.clear();
        session_.answer({250, "2.6.0", "Stored"});
    }

    void check_output()
    {
        const std::string output = session_.take_output();
        require(output.empty() || output.ends_with("\r\n"));
    }

    ServerSession session_;
    std::string content_;
    bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    Owner owner(data[0]);
    const std::size_t step = 1 + (data[0] >> 2) * 16;
    while (!input.empty()) {
        const std::size_t end = std::min(input.find('\xfe'), input.size());
        owner.feed(input.substr(0, end), step);
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    owner.end();
    return 0;
}
