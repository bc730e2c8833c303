using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Dns;
using System.Text.RegularExpressions;
using Xunit;

namespace Homelab.Tests.Activities.Bind;

[Trait("Category", "Servers")]
public sealed partial class BindTests(BindFixture bind) : IClassFixture<BindFixture>, IDisposable
{
    private const string Dig = "/usr/bin/dig";

    private ActivityEnvironment? _environment;

    private ActivityEnvironment Environment => _environment ??= new(
    [
        .. Connection("default", Key()), .. Connection("forged", Convert.ToBase64String(new byte[32])), .. Connection("readonly", null),
        .. Connection("unknown", Key()).Select(setting => setting.Item1.EndsWith("KeyName", StringComparison.Ordinal) ? (setting.Item1, "otherkey") : setting),
    ]);

    public void Dispose() => _environment?.Dispose();

    [ServerTheory(BindFixture.Named, Dig)]
    [InlineData("new.lab.test", "A", "192.0.2.7|192.0.2.8")]
    [InlineData("six.lab.test", "AAAA", "2001:db8::7")]
    [InlineData("point.lab.test", "CNAME", "www.lab.test.")]
    [InlineData("post.lab.test", "MX", "10 www.lab.test.|20 ns.lab.test.")]
    [InlineData("_x._tcp.lab.test", "SRV", "1 2 5060 www.lab.test.")]
    [InlineData("note.lab.test", "TXT", "v=1; \"quoted\" x")]
    [InlineData("*.wild.lab.test", "A", "192.0.2.9")]
    public async Task SetRecord_NewOneAndUndone_IsThereAndThenNot(string record, string type, string values)
    {
        var input = new { record, recordType = type, values = values.Split('|'), ttl = 77 };
        (await Environment.TargetAsync("bind.set_record", input))!.Id.Should().Be($"bind:default/record/{type}/{record}");
        (await Environment.ProbeAsync("bind.set_record", input)).Should().Be(Probe.DidNotHappen);
        (await Environment.RunAsync("bind.set_record", input, dryRun: true))["planned"]![0]!.GetValue<string>().Should().Contain($"{record} {type}");
        (await DigAsync(record, type)).Should().BeEmpty();

        var output = await Environment.RunAsync("bind.set_record", input);
        (await DigAsync(record, type)).Should().HaveCount(input.values.Length);
        (await Environment.ProbeAsync("bind.set_record", input)).Should().Be(Probe.Happened);
        await Environment.UndoAsync("bind.set_record", input, output);
        (await DigAsync(record, type)).Should().BeEmpty();
    }

    [ServerFact(BindFixture.Named, Dig)]
    public async Task SetAndDeleteRecord_ThereBefore_AreUndoneExactly()
    {
        var before = await DigAsync("www.lab.test", "A");
        var set = new { record = "www.lab.test", recordType = "A", values = new[] { "192.0.2.1" }, ttl = 30 };
        var output = await Environment.RunAsync("bind.set_record", set);
        (await DigAsync("www.lab.test", "A")).Should().Equal("30 192.0.2.1");
        await Environment.UndoAsync("bind.set_record", set, output);
        (await DigAsync("www.lab.test", "A")).Should().BeEquivalentTo(before);

        var delete = new { record = "www.lab.test", recordType = "A" };
        output = await Environment.RunAsync("bind.delete_record", delete);
        (await DigAsync("www.lab.test", "A")).Should().BeEmpty();
        (await Environment.ProbeAsync("bind.delete_record", delete)).Should().Be(Probe.Happened);
        await Environment.UndoAsync("bind.delete_record", delete, output);
        (await DigAsync("www.lab.test", "A")).Should().BeEquivalentTo(before);
    }

    [ServerTheory(BindFixture.Named, Dig)]
    [InlineData("forged", "BADSIG")]
    [InlineData("unknown", "BADKEY")]
    [InlineData("readonly", "Key")]
    public async Task SetRecord_NotTheRightKey_IsRefusedForGood(string connection, string says)
    {
        var set = () => Environment.RunAsync("bind.set_record", new { connection, record = "never.lab.test", recordType = "A", values = new[] { "192.0.2.1" } });
        (await set.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains(says) && !failure.Message.Contains(Key()));
        (await DigAsync("never.lab.test", "A")).Should().BeEmpty();
    }

    [ServerFact(BindFixture.Named, Dig)]
    public async Task SetRecord_OutsideTheZoneOrNoValue_IsRefused()
    {
        var outside = () => Environment.RunAsync("bind.set_record", new { record = "www.evil-lab.test", recordType = "A", values = new[] { "192.0.2.1" } });
        (await outside.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("not in the zone");
        var wrong = () => Environment.RunAsync("bind.set_record", new { record = "x.lab.test", recordType = "A", values = new[] { "::1" } });
        (await wrong.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("not an address");
    }

    [ServerFact(BindFixture.Named, Dig)]
    public async Task ListRecords_ByTransfer_IsTheZone()
    {
        var zone = await Environment.RunAsync("bind.list_records", new { });
        zone["serial"]!.GetValue<long>().Should().BeGreaterThanOrEqualTo(7);
        var records = zone["records"]!.AsArray().Select(record => $"{record!["record"]} {record["recordType"]} {record["value"]}").ToList();
        records.Should().Contain(["www.lab.test AAAA ::1", "lab.test NS ns.lab.test.", "alias.lab.test CNAME www.lab.test."]);
        var report = await Environment.Connections.Single(connection => connection.Tool == "Bind").TestAsync("default", default);
        report.Should().Match<ConnectionReport>(found => found.Reachable && found.Version!.StartsWith("serial "));
    }

    private (string, string?)[] Connection(string name, string? key) =>
    [
        ($"Activities:Bind:{name}:Server", bind.Address), ($"Activities:Bind:{name}:Zone", "lab.test"),
        .. key is null ? Array.Empty<(string, string?)>() : [($"Activities:Bind:{name}:KeyName", "labkey"), ($"Activities:Bind:{name}:Key", key)],
    ];

    private string Key() => Secret().Match(File.ReadAllText(Path.Combine(bind.Server.Data, "tsig.key"))).Groups[1].Value;

    /// <summary>"ttl value" of each record, asked past the code under test.</summary>
    private async Task<IReadOnlyList<string>> DigAsync(string name, string type) =>
        [.. (await RealServer.RunAsync(Dig, "+noall", "+answer", "-p", $"{bind.Server.Port}", "@127.0.0.1", name, type)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split([' ', '\t'], 5, StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length == 5 && fields[3] == type).Select(fields => $"{fields[1]} {fields[4]}")];

    [GeneratedRegex("secret \"([^\"]+)\"")]
    private static partial Regex Secret();
}
