#pragma once

#include "base/text.hpp"
#include "core/keys/kek.hpp"
#include "core/keys/key_store.hpp"
#include "core/keys/wrap.hpp"
#include "core/people/fixture.hpp"
#include "sys/crypto/digest.hpp"

namespace sealpost::test {

constexpr std::string_view an_identity = "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSXXXXXX";
constexpr std::string_view a_subject = "the quarterly figures";

// A key file that a test stands in front of.
class GuardedKey : public keys::KeyWrapper {
public:
    explicit GuardedKey(std::shared_ptr<keys::KekFile> file) : file_(std::move(file)) {}

    Result<std::vector<keys::KnownVersion>> recognise(const std::vector<keys::KnownVersion>& known, bool may_introduce) override
    {
        return file_->recognise(known, may_introduce);
    }
    Result<> need(int version) override { return file_->need(version); }
    [[nodiscard]] int newest() const override { return file_->newest(); }
    [[nodiscard]] int oldest() const override { return file_->oldest(); }
    [[nodiscard]] Secret derive(std::string_view purpose) const override { return file_->derive(purpose); }
    Result<keys::Wrapped> wrap(const keys::Policy& policy, const Secret& identity, std::string_view subject) override
    {
        return file_->wrap(policy, identity, subject);
    }
    Result<keys::Unwrapped> unwrap(const keys::Policy& policy, const keys::Wrapped& wrapped) override
    {
        return file_->unwrap(policy, wrapped);
    }
    Result<> probe() override { return file_->probe(); }

private:
    const std::shared_ptr<keys::KekFile> file_;
};

class KeyStoreTest : public StoreTest {
protected:
    KeyStoreTest()
    {
        people_ = people::People::open(database_, clock_, {}).value();
        EXPECT_TRUE(keys::KekFile::make(kek_path(), clock_.now()).has_value());
        store_ = open().value();
    }

    [[nodiscard]] std::string kek_path() const { return directory_ + "/kek.key"; }

    [[nodiscard]] Result<std::shared_ptr<keys::KeyStore>> open()
    {
        SEALPOST_TRY(kek_, keys::KekFile::open(kek_path()));
        return keys::KeyStore::open({database_, &clock_, kek_, log::Log::silent(), limits_});
    }

    [[nodiscard]] keys::NewEnvelope make_envelope(std::string_view ciphertext = "ciphertext") const
    {
        keys::NewEnvelope envelope;
        envelope.policy.id = id_;
        envelope.policy.account = account_;
        envelope.policy.sha256 = crypto::sha256(ciphertext);
        envelope.policy.size = ciphertext.size();
        envelope.policy.sender = {"alice@acme.test", "Alice"};
        envelope.policy.message_id = "<1@acme.test>";
        envelope.policy.recipients = {"bob@partner.test", "Carol@Partner.test"};
        envelope.policy.profile = "default";
        envelope.policy.assurance = people::Assurance::mailbox;
        envelope.policy.expires_at = clock_.now() + std::chrono::hours(24);
        envelope.policy.rights = {true, true, false};
        envelope.policy.receipt = true;
        envelope.policy.hosted = true;
        envelope.identity = secret(an_identity);
        envelope.subject = a_subject;
        return envelope;
    }

    keys::StoreVerdict store(keys::NewEnvelope envelope) { return value_of(store_->store(std::move(envelope))); }

    Result<keys::ReleaseVerdict> try_release(std::vector<std::string> addresses,
                                             people::Assurance assurance = people::Assurance::mailbox)
    {
        return answer_of(store_->release({id_, std::move(addresses), assurance, "person:1", "192.0.2.0/24"}));
    }
    keys::ReleaseVerdict release(std::vector<std::string> addresses, people::Assurance assurance = people::Assurance::mailbox)
    {
        return try_release(std::move(addresses), assurance).value();
    }
    keys::ReleaseVerdict release_to_bob() { return release({"bob@partner.test"}); }

    keys::EnvelopeFacts facts() { return value_of(store_->find(id_)).value(); }
    std::int64_t audits(const std::string& what)
    {
        return count("select count(*) from people_audit where what = '" + what + "'");
    }

    const keys::EnvelopeId id_ = keys::make_envelope_id();
    const people::AccountId account_{1};
    keys::SlotLimits limits_;
    std::shared_ptr<people::People> people_;
    std::shared_ptr<keys::KekFile> kek_;
    std::shared_ptr<keys::KeyStore> store_;
};

}  // namespace sealpost::test
