#pragma once

#include "wire/smtp/server_session.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::smtp {

// An owner that says yes, except where a test made it say no, and writes down what happened. Content
// pieces are joined, so that transcripts of differently split input can be compared.
class Transcript {
public:
    explicit Transcript(ServerProfile profile = usual()) : session_(std::move(profile)) { session_.greet(); }

    static ServerProfile usual()
    {
        ServerProfile profile;
        profile.hostname = "mx.acme.test";
        profile.offer_starttls = true;
        return profile;
    }

    // Feeds `input` in parts of `step` octets (0: all at once), and runs until more is needed.
    void feed(std::string_view input, std::size_t step = 0)
    {
        run();
        while (!input.empty() && !over_) {
            const std::span<char> room = room_ = session_.room();
            const std::size_t count = std::min({input.size(), room.size(), step == 0 ? input.size() : step});
            std::copy_n(input.begin(), count, room.begin());
            session_.received(count);
            input.remove_prefix(count);
            run();
        }
    }

    void end_input()
    {
        session_.input_ended();
        run();
    }

    [[nodiscard]] const std::vector<std::string>& events() const { return events_; }
    [[nodiscard]] const std::string& said() const { return said_; }
    [[nodiscard]] const std::string& content() const { return content_; }
    [[nodiscard]] std::string heard_since(std::size_t mark) const { return said_.substr(mark); }
    // Of the content: what was not handed out where it was received.
    [[nodiscard]] std::size_t octets_copied() const { return octets_copied_; }
    [[nodiscard]] bool over() const { return over_; }
    [[nodiscard]] Ended::Why why() const { return why_; }
    [[nodiscard]] bool ended_amid_content() const { return amid_content_; }
    [[nodiscard]] ServerSession& session() { return session_; }
    // The last reply line, without CRLF.
    [[nodiscard]] std::string last() const
    {
        const std::size_t end = said_.size() < 2 ? 0 : said_.size() - 2;
        const std::size_t start = said_.rfind('\n', end == 0 ? 0 : end - 1);
        return said_.substr(start == std::string::npos ? 0 : start + 1, end - (start == std::string::npos ? 0 : start + 1));
    }

    bool keeps_content = true;
    Reply rcpt_reply{250, "2.1.5", "OK"};
    Reply go_ahead{354, "", "go"};
    Reply final_reply{250, "2.6.0", "Stored"};

private:
    void run()
    {
        while (!over_) {
            ServerEvent event = session_.next();
            said_ += session_.take_output();
            if (std::holds_alternative<NeedInput>(event)) return;
            note(event);
            said_ += session_.take_output();
        }
    }

    void note(ServerEvent& event)
    {
        if (auto* hello = std::get_if<HelloSaid>(&event))
            say("hello " + hello->name, {250, "", "OK"});
        else if (auto* mail = std::get_if<MailSaid>(&event))
            say("mail " + mail::format_path(mail->mail.sender), {250, "2.1.0", "OK"});
        else if (auto* rcpt = std::get_if<RcptSaid>(&event))
            say("rcpt " + mail::format_path(rcpt->rcpt.recipient), rcpt_reply);
        else if (auto* given = std::get_if<CredentialsGiven>(&event))
            say("auth " + given->user, check(*given));
        else if (std::holds_alternative<ContentWanted>(event))
            say("content", go_ahead);
        else if (auto* piece = std::get_if<ContentPiece>(&event))
            note_piece(piece->octets);
        else if (std::holds_alternative<ContentEnded>(event))
            say("end", final_reply);
        else if (std::holds_alternative<TransactionReset>(event))
            events_.emplace_back("reset");
        else if (std::holds_alternative<TlsWanted>(event)) {
            events_.emplace_back("tls");
            session_.tls_started();
        } else if (auto* ended = std::get_if<Ended>(&event)) {
            over_ = true;
            why_ = ended->why;
            amid_content_ = ended->amid_content;
            events_.emplace_back("ended");
        }
    }

    void note_piece(std::string_view octets)
    {
        // What may be the beginning of the end is kept in the buffer, before the room that is given next.
        constexpr std::size_t most_kept = 8;
        const bool is_view =
            octets.data() + most_kept >= room_.data() && octets.data() + octets.size() <= room_.data() + room_.size();
        if (!is_view) octets_copied_ += octets.size();
        content_ += keeps_content ? octets : std::string_view();
    }

    static Reply check(const CredentialsGiven& given)
    {
        const bool right = given.password.reveal_text() == "secret";
        return right ? Reply(235, "2.7.0", "Welcome") : Reply(535, "5.7.8", "No");
    }

    void say(std::string event, const Reply& reply)
    {
        events_.push_back(std::move(event));
        session_.answer(reply);
    }

    ServerSession session_;
    std::vector<std::string> events_;
    std::string said_;
    std::string content_;
    std::span<char> room_;
    std::size_t octets_copied_ = 0;
    bool over_ = false;
    Ended::Why why_ = Ended::Why::quit;
    bool amid_content_ = false;
};

// A client has said EHLO.
inline Transcript greeted(ServerProfile profile = Transcript::usual())
{
    Transcript transcript(std::move(profile));
    transcript.feed("EHLO client.test\r\n");
    return transcript;
}

}  // namespace sealpost::smtp
