// Loses everything unsynced after step n, for every n of what we do with files ourselves: one that is replaced is the old
// or the new one; of a certificate that the node keeps, chain and key are always of one pair (doc/spec/certificates.md);
// the key that wraps envelope keys has at every moment all the versions that something is wrapped under.
#include "crash_disk.hpp"

#include "core/certificates/certificates_world.hpp"
#include "core/keys/kek.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace sealpost::crash {
namespace {

namespace fs = std::filesystem;
using namespace certificates;

class FilesCrash : public testing::Test, public CertificateFolder {
protected:
    // `before` in peace, `act` until it dies at step n, `check` in the next life; `act` answers whether it was told that
    // all is done.
    void die_at_every_step(const std::function<void()>& before, const std::function<bool()>& act,
                           const std::function<void(bool is_done)>& check)
    {
        const fs::path calm = folder_.string() + ".calm";
        before();
        fs::copy(folder_, calm, fs::copy_options::recursive);
        CrashDisk disk(folder_);
        int steps = 0;
        for (bool has_crashed = true; has_crashed;) {
            ++steps;
            for (const auto left : {Left::nothing, Left::everything, Left::names_only, Left::first_half}) {
                SCOPED_TRACE("step " + std::to_string(steps) + ", left " + std::to_string(static_cast<int>(left)));
                for (const auto& entry : fs::directory_iterator(folder_)) fs::remove_all(entry);
                fs::copy(calm, folder_, fs::copy_options::recursive);
                disk.begin(steps);
                const bool is_done = act();
                has_crashed = disk.has_crashed();
                EXPECT_TRUE(is_done || has_crashed);
                disk.lose_power(left);
                check(is_done);
                if (HasFailure()) break;
            }
            if (HasFailure()) break;
        }
        fs::remove_all(calm);
        EXPECT_GT(steps, 4);  // it would prove nothing otherwise
    }

    Pair make_pair()
    {
        auto key = crypto::PrivateKey::make_ecdsa_p256().value();
        auto chain = crypto::parse_chain_pem(leaf({"mx1.acme.test"}, key) + intermediate()).value();
        return {std::move(chain), std::move(key)};
    }
};

TEST_F(FilesCrash, AFileIsTheOldOrTheNewOne)
{
    const auto path = folder_ / "token";
    die_at_every_step(
        [&] { write("token", "the old text"); },
        [&] { return files::write_file(path, "the new text, which is longer", files::Access::owner_only).has_value(); },
        [&](bool is_done) {
            const auto text = files::read_file(path, 1000);
            ASSERT_TRUE(text);
            EXPECT_TRUE(*text == "the new text, which is longer" || (*text == "the old text" && !is_done)) << *text;
            EXPECT_TRUE(files::write_file(path, "a third one", files::Access::owner_only).has_value());
        });
}

TEST_F(FilesCrash, ChainAndKeyAreAlwaysOfOnePair)
{
    const PairFiles at(folder_ / "pair");
    const Pair older = make_pair(), old = make_pair(), fresh = make_pair();
    die_at_every_step(
        [&] {
            ASSERT_TRUE(files::make_directory(at.folder()));
            ASSERT_TRUE(at.install(older));
            ASSERT_TRUE(at.install(old));
        },
        [&] { return at.install(fresh).has_value(); },
        [&](bool is_done) {
            for (const bool is_recovered : {false, true}) {
                if (is_recovered) {
                    EXPECT_TRUE(at.recover());
                }
                const auto loaded = at.load();
                ASSERT_TRUE(loaded) << loaded.error().text;
                ASSERT_TRUE(loaded->has_value());
                const auto& leaf = (*loaded)->chain.front();
                EXPECT_TRUE(leaf == fresh.chain.front() || (leaf == old.chain.front() && !is_done));
                EXPECT_TRUE((*loaded)->key.belongs_to(leaf));
            }
            EXPECT_TRUE(at.install(older));
            EXPECT_EQ((*at.load())->chain.front(), older.chain.front());
        });
}

TEST_F(FilesCrash, ARequestThatWaitsHasItsKey)
{
    die_at_every_step([&] { ASSERT_TRUE(store_->prepare_start()); }, [&] { return store_->make_request("mx1", {}).has_value(); },
                      [&](bool is_done) {
                          ASSERT_TRUE(store_->prepare_start());
                          const auto entry = store_->find("mx1").value();
                          EXPECT_TRUE(entry.request.has_value() || !is_done);
                          EXPECT_EQ(entry.state, State::demo) << "what is shown is not touched by a request";
                          EXPECT_EQ(fs::exists(kept("request.pem")), entry.request.has_value());
                          EXPECT_TRUE(store_->make_request("mx1", {}).has_value());
                      });
}

TEST_F(FilesCrash, ARequestThatIsReplacedIsStillGoodForItsCertificate)
{
    std::string key;
    die_at_every_step(
        [&] {
            ASSERT_TRUE(store_->make_request("mx1", {}).has_value());
            key = files::read_secret(kept("request.key"), 10'000)->reveal_text();
        },
        [&] { return store_->make_request("mx1", {}).has_value(); },
        [&](bool) {
            int copies = 0;
            for (const char* file : {"request.key", "request.key.previous"})
                if (const auto text = files::read_secret(kept(file), 10'000); text && text->reveal_text() == key) ++copies;
            EXPECT_GE(copies, 1);
        });
}

TEST_F(FilesCrash, TheKeyThatWrapsKeysKeepsEveryVersion)
{
    const auto path = (folder_ / "kek.key").string();
    std::string first;
    die_at_every_step(
        [&] {
            ASSERT_TRUE(keys::KekFile::make(path, clock_.now()));
            first = keys::KekFile::open(path).value()->current()->find(1)->key.reveal_text();
        },
        [&] {
            auto file = keys::KekFile::open(path);
            const bool is_done = (*file)->add_version(clock_.now()).has_value();
            // What is not on stable storage is not used to wrap anything.
            EXPECT_EQ((*file)->current()->versions().size(), is_done ? 2U : 1U);
            return is_done;
        },
        [&](bool is_done) {
            auto file = keys::KekFile::open(path);
            ASSERT_TRUE(file.has_value());
            const auto ring = (*file)->current();
            ASSERT_NE(ring->find(1), nullptr);
            EXPECT_EQ(ring->find(1)->key.reveal_text(), first);
            EXPECT_TRUE(ring->versions().size() == 2 || !is_done);
        });
}

// The test tests itself: a replacement that is not synced before it gets the name must be caught.
TEST_F(FilesCrash, WouldNoticeAFileThatWasRenamedBeforeItWasSynced)
{
    const auto path = (folder_ / "token").string();
    int broken = 0;
    die_at_every_step([&] { write("token", "the old text"); },
                      [&] {
                          const int file = ::open((path + ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
                          const bool is_written = ::write(file, "the new ", 8) == 8 && ::write(file, "text", 4) == 4;
                          ::close(file);
                          return is_written && ::rename((path + ".new").c_str(), path.c_str()) == 0;
                      },
                      [&](bool) {
                          const auto text = files::read_file(path, 1000);
                          if (!text || (*text != "the old text" && *text != "the new text")) ++broken;
                      });
    EXPECT_GT(broken, 0);
}

}  // namespace
}  // namespace sealpost::crash
