// What is refused without asking the owner.
#include "wire/smtp/session_steps.hpp"

namespace sealpost::smtp {
namespace {

std::string tell_refusals(ServerSession& session)
{
    std::string out;
    for (const auto& refusal : session.take_refusals())
        out += std::to_string(static_cast<int>(refusal.at)) + ' ' + std::to_string(refusal.reply.code) + ' ' + refusal.argument +
               '\n';
    return out;
}

TEST(ServerSessionRefusals, TellOfMailThatNeedsTlsOrIsTooLarge)
{
    ServerProfile profile = Transcript::usual();
    profile.require_tls = true;
    Transcript transcript = greeted(profile);
    transcript.feed("MAIL FROM:<alice@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 530 FROM:<alice@acme.test>\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "");
    Transcript small = greeted();
    small.feed("MAIL FROM:<alice@acme.test> SIZE=99999999999\r\nRCPT TO:<b@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(small.session()), "0 552 FROM:<alice@acme.test> SIZE=99999999999\n1 503 TO:<b@acme.test>\n");
}

TEST(ServerSessionRefusals, TellOfRecipientsAndMessagesThatAreTooMany)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_recipients = 1;
    profile.limits.max_messages = 1;
    Transcript transcript = greeted(profile);
    transcript.feed(envelope + "RCPT TO:<eve@acme.test>\r\nDATA\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "1 452 TO:<eve@acme.test>\n");
    transcript.feed("Subject: x\r\n\r\n.\r\nMAIL FROM:<next@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 421 FROM:<next@acme.test>\n");
}

TEST(ServerSessionRefusals, TellOfContentThatIsTooLargeOrBroken)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_message_bytes = 100;
    Transcript transcript = greeted(profile);
    transcript.feed(envelope + "DATA\r\n");
    transcript.feed(std::string(200, 'x') + "\r\n.\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "2 552 \n");
    Transcript broken = in_data();
    broken.feed("a bare\nline feed\r\n.\r\n");
    EXPECT_EQ(tell_refusals(broken.session()), "2 554 \n");
}

TEST(ServerSessionRefusals, TellOfFormAndOrder)
{
    Transcript transcript(Transcript::usual());
    transcript.feed("MAIL FROM:<alice@acme.test>\r\nEHLO client.test\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 503 FROM:<alice@acme.test>\n");
    transcript.feed("MAIL FROM:<a@@b>\r\nMAIL FROM:<a@b.test> FROB\r\nMAIL " + std::string(3000, 'x') + "\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 501 FROM:<a@@b>\n0 555 FROM:<a@b.test> FROB\n0 500 \n");
    transcript.feed("RCPT TO:<a@b.test>\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<\xc3\xa9@b.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "1 503 TO:<a@b.test>\n1 553 TO:<\xc3\xa9@b.test>\n");
}

TEST(ServerSessionRefusals, TellOfAuthAndNeverWhatItHeld)
{
    Transcript transcript = ready_for_auth();
    transcript.feed("AUTH PLAIN c2VjcmV0\r\nAUTH CRAM-MD5\r\nAUTH LOGIN\r\n*\r\nMAIL FROM:<a@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "3 501 \n3 504 \n3 501 \n0 530 FROM:<a@acme.test>\n");
}

TEST(ServerSessionRefusals, AreNotHoardedForAnOwnerWhoDoesNotTakeThem)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_recipients = 1;
    Transcript transcript = greeted(profile);
    transcript.feed(envelope);
    for (int i = 0; i < 500; ++i) transcript.feed("RCPT TO:<eve@acme.test>\r\n");
    EXPECT_EQ(transcript.session().take_refusals().size(), ServerSession::max_refusals_kept);
}

}  // namespace
}  // namespace sealpost::smtp
