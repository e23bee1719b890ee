// Seals a message of the queue with the key service at hand, and loses everything unsynced after step n, for every n:
// of the gateway's machine, of the service's, and of one that is both. Whoever starts afterwards finds the message or
// the envelope that took its place, never neither nor both; no envelope whose key the service has not; and no plaintext
// but in the queue, as long as it waits there (doc/spec/queue.md, doc/spec/envelope.md).
#include "every_step.hpp"

#include "core/keys/fixture.hpp"
#include "core/keys/kek.hpp"
#include "core/queue/queue_fixture.hpp"
#include "serve/replies/local_key_service.hpp"
#include "serve/sealer/envelope_sealer.hpp"
#include "wire/seal/extracted.hpp"
#include "wire/seal/identity.hpp"
#include "wire/seal/opener.hpp"

namespace sealpost::crash {
namespace {

namespace fs = std::filesystem;
using queue::Queue;
using queue::wait_for;

constexpr std::string_view marker = "The secret body that nobody else may read.";
constexpr std::string_view bob = "bob@partner.test";

// One life of both machines; what failed to start is null.
struct Lives {
    std::shared_ptr<db::Database> gateway_store, service_store;
    std::shared_ptr<Queue> queue;
    std::shared_ptr<people::People> people;
    std::shared_ptr<keys::KeyStore> keys;

    [[nodiscard]] bool are_alive() const { return queue && keys; }
    ~Lives()
    {
        queue.reset();
        keys.reset();
        people.reset();
        for (const auto& store : {gateway_store, service_store})
            if (store) store->close();
    }
};

class SealCrash : public testing::Test {
protected:
    SealCrash()
    {
        fs::create_directory(directory_ + "/spool");
        EXPECT_TRUE(keys::KekFile::make(directory_ + "/kek.key", clock_.now()).has_value());
        kek_ = keys::KekFile::open(directory_ + "/kek.key").value();
    }

    std::unique_ptr<Lives> start(const std::string& name, const std::string& gateway_vfs, const std::string& service_vfs)
    {
        auto lives = std::make_unique<Lives>();
        if (auto opened = db::Database::open(directory_ + "/" + name + "-gateway.db", {1, page_bytes_, gateway_vfs}))
            lives->gateway_store = *opened;
        if (auto opened = db::Database::open(directory_ + "/" + name + "-service.db", {1, page_bytes_, service_vfs}))
            lives->service_store = *opened;
        if (!lives->gateway_store || !lives->service_store) return lives;
        if (auto queue =
                Queue::open(lives->gateway_store, clock_, log::Log::silent(), {{}, "mx1.acme.test", std::chrono::days(30)})) {
            lives->queue = *queue;
            lives->queue->stop_waiting(Deadline::after(std::chrono::seconds(0)));  // a dead store stays dead
        }
        auto people = people::People::open(lives->service_store, clock_, {});
        if (!people) return lives;
        lives->people = *people;
        auto keys = keys::KeyStore::open({lives->service_store, &clock_, kek_, log::Log::silent(), {}});
        if (keys) lives->keys = *keys;
        return lives;
    }

    // The message waits, and the service knows the envelope that it answers: so it knows whose it is.
    void prepare(const std::string& letter)
    {
        letter_ = letter;
        auto lives = start("calm", "", "");
        ASSERT_TRUE(lives->are_alive());
        keys::NewEnvelope answered;
        answered.policy.id = answered_;
        answered.policy.account = people::AccountId(1);
        answered.policy.recipients = {"alice@acme.test"};
        answered.policy.expires_at = clock_.now() + std::chrono::hours(24);
        answered.identity = Secret::copy_of(test::an_identity);
        ASSERT_TRUE(wait_for(lives->keys->store(std::move(answered))).has_value());
        auto writer = lives->queue->begin();
        for (std::size_t at = 0; at < letter.size(); at += 100'000)
            ASSERT_TRUE(wait_for(writer->write(letter.substr(at, 100'000))).has_value());
        auto id = wait_for(lives->queue->accept(queue::make_message({std::string(bob)}), std::move(writer)));
        ASSERT_TRUE(id.has_value());
        message_ = *id;
    }

    // What a deliverer does with a due message; false: it could not even claim it.
    bool seal_what_is_due(Lives& lives)
    {
        auto due = wait_for(lives.queue->claim(1));
        if (due.has_error() || due->empty()) return false;
        auto keys = std::make_shared<replies::LocalKeyService>(lives.keys, lives.people, clock_, "https://keys.test", "Acme");
        sealer::EnvelopeSealer sealer(
            {lives.queue, keys, &pool_, &clock_, directory_ + "/spool", "mx1.acme.test", log::Log::silent()});
        sealer::SealOrder order;
        order.message = std::move(due->front());
        order.notification_sender = "alice@acme.test";
        order.related_envelope = answered_.value();
        const auto id = order.message.id;
        auto report = wait_for(sealer.seal(std::move(order)));
        (void)wait_for(lives.queue->settle(id, std::move(report)));
        return true;
    }

    std::string read_content(Lives& lives, queue::ContentId content)
    {
        auto text = wait_for(queue::read_all(lives.queue->read(content)));
        return text.has_value() ? *text : "unreadable: " + text.error().text;
    }

    // What somebody who got this envelope reads, by the key that the service releases to him.
    std::string open_envelope(Lives& lives, const queue::MessageView& sent)
    {
        const std::string prefix = R"({"envelope":")";
        const keys::EnvelopeId id(sent.facts.substr(prefix.size(), 26));
        auto verdict = wait_for(lives.keys->release({id, {std::string(bob)}, keys::Assurance::mailbox, "person:1", "local"}));
        const auto* released = verdict.has_value() ? std::get_if<keys::Released>(&*verdict) : nullptr;
        if (!released) return "the service does not release the key of an envelope that is on its way";
        const auto age_file = seal::extract_age_file(read_content(lives, sent.content));
        if (!age_file) return "the envelope is damaged";
        auto view = wait_for(lives.keys->resolve_ref(id.value()));
        if (!view.has_value() || !*view || (*view)->source != keys::OpenView::Source::hosted) return "the hosted copy is lost";
        if (wait_for(queue::read_all(lives.keys->read(**view))).value() != *age_file) return "the hosted copy is another one";
        seal::Opener opener(seal::Identity::parse(released->identity.reveal_text()).value());
        auto text = opener.append(*age_file);
        auto rest = opener.finish();
        return text.has_value() && rest.has_value() ? *text + *rest : "the released key does not open it";
    }

    // The message in clear, or the envelope in its place, whole in either case. Answers whether it is sealed.
    bool check_what_is_left(Lives& lives)
    {
        const auto left = wait_for(lives.queue->list({})).value();
        EXPECT_EQ(left.size(), 1U) << "the message is lost, or is there beside its envelope";
        if (left.size() != 1) return false;
        const bool is_sealed = left[0].id != message_;
        if (is_sealed) {
            EXPECT_EQ(left[0].parent, message_);
            EXPECT_EQ(open_envelope(lives, left[0]), letter_);
            EXPECT_EQ(read_content(lives, left[0].content).find(marker), std::string::npos);
            EXPECT_EQ(ask_number(*lives.gateway_store, "select count(*) from queue_content"), 1) << "plaintext was left behind";
        } else {
            EXPECT_EQ(read_content(lives, left[0].content), letter_);
        }
        EXPECT_EQ(ask_number(*lives.gateway_store,
                             "select count(*) from queue_piece where id / 65536 not in (select id from queue_content)"),
                  0);
        expect_whole(*lives.gateway_store);
        expect_whole(*lives.service_store);
        return is_sealed;
    }

    // Neither the words nor the envelope's key in clear, in any file but the queue's own.
    void check_files()
    {
        for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
            if (!entry.is_regular_file()) continue;
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string octets(std::istreambuf_iterator<char>(file), {});
            EXPECT_EQ(octets.find("AGE-SECRET-KEY-1"), std::string::npos) << entry.path();
            if (entry.path().filename().string().find("gateway.db") != std::string::npos) continue;
            EXPECT_EQ(octets.find(marker), std::string::npos) << entry.path();
        }
        EXPECT_TRUE(fs::is_empty(directory_ + "/spool"));
    }

    bool die_once(int step, Unsynced unsynced, bool gateway_dies, bool service_dies)
    {
        copy_store(directory_ + "/calm-gateway.db", directory_ + "/store-gateway.db");
        copy_store(directory_ + "/calm-service.db", directory_ + "/store-service.db");
        vfs_.begin(step, page_bytes_);
        {
            auto lives = start("store", gateway_dies ? vfs_.name() : "", service_dies ? vfs_.name() : "");
            if (lives->are_alive()) seal_what_is_due(*lives);
        }
        const bool has_crashed = vfs_.has_crashed();
        vfs_.lose_power(unsynced);
        check_files();
        auto lives = start("store", "", "");
        EXPECT_TRUE(lives->are_alive());
        if (!lives->are_alive()) return has_crashed;
        const bool is_sealed = check_what_is_left(*lives);
        EXPECT_TRUE(is_sealed || has_crashed);
        if (is_sealed || testing::Test::HasFailure()) return has_crashed;
        const auto before = clock_;
        clock_.advance(std::chrono::hours(1));  // when it was tried, it waits
        EXPECT_TRUE(seal_what_is_due(*lives));
        EXPECT_TRUE(check_what_is_left(*lives)) << "what was begun before is in the way";
        clock_ = before;
        return has_crashed;
    }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path();
    ManualClock clock_{WallTime(std::chrono::milliseconds(1'800'000'000'000))};
    std::shared_ptr<keys::KekFile> kek_;
    int page_bytes_ = 4096;
    async::BlockingPool pool_{1};
    CrashVfs vfs_;
    const keys::EnvelopeId answered_ = keys::make_envelope_id();
    queue::MessageId message_;
    std::string letter_;
};

std::string make_letter(std::size_t bytes)
{
    std::string text = "From: Alice <alice@acme.test>\r\nTo: bob@partner.test\r\nSubject: The contract\r\n\r\n";
    do text += std::string(marker) + "\r\n";
    while (text.size() < bytes);
    return text;
}

TEST_F(SealCrash, ADyingGatewayKeepsTheMessageOrItsEnvelope)
{
    prepare(make_letter(0));
    die_at_every_step([&](int step, Unsynced unsynced) { return die_once(step, unsynced, true, false); });
}

TEST_F(SealCrash, ADyingServiceLeavesNoEnvelopeWithoutItsKey)
{
    prepare(make_letter(0));
    die_at_every_step([&](int step, Unsynced unsynced) { return die_once(step, unsynced, false, true); });
}

TEST_F(SealCrash, AMachineThatIsBothKeepsBothPromises)
{
    prepare(make_letter(0));
    die_at_every_step([&](int step, Unsynced unsynced) { return die_once(step, unsynced, true, true); });
}

TEST_F(SealCrash, ALargeMessageIsSealedWholeOrStaysWhole)
{
    page_bytes_ = 65536;              // fewer steps than with small pages
    prepare(make_letter(1'060'000));  // more than a writer keeps in memory
    die_at_every_step([&](int step, Unsynced unsynced) { return die_once(step, unsynced, true, true); }, {Unsynced::lost}, 9);
}

}  // namespace
}  // namespace sealpost::crash
