using FluentAssertions;
using Homelab.Activities;
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Redis;

public sealed class RedisFixture : ServerFixture
{
    public const string Program = "/usr/bin/redis-server";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Program, "/usr/bin/redis-cli"];

    internal static (string, string?)[] Connection(string name, int port, params (string Option, string? Value)[] further) =>
        [($"Activities:Redis:{name}:Host", "127.0.0.1"), ($"Activities:Redis:{name}:Port", port.ToString(CultureInfo.InvariantCulture)), .. further.Select(option => ($"Activities:Redis:{name}:{option.Option}", option.Value))];

    /// <summary>Redis' own client: looks and prepares past the code under test.</summary>
    internal async Task<string> CliAsync(params string[] words) => (await RealServer.RunAsync("/usr/bin/redis-cli", ["-p", Server.Port.ToString(CultureInfo.InvariantCulture), .. words])).Trim();

    protected override async Task StartAsync()
    {
        Server = await StartAsync("redis");
        Environment = new(
        [
            .. Connection("default", Server.Port),
            .. Connection("tls", Server.Port + 1, ("Tls", "true"), ("CaFile", Server.Said["CA"]), ("User", "ops"), ("Password", "lab-redis-pw")),
            .. Connection("stranger", Server.Port + 1, ("Tls", "true")),
            .. Connection("wrong", Server.Port, ("User", "ops"), ("Password", "wrong-redis-pw")),
        ]);
    }
}

[Trait("Category", "Servers")]
public sealed class RedisTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private ActivityEnvironment Environment => redis.Environment;

    [ServerFact(RedisFixture.Program)]
    public async Task GetStatus_RealServer_SaysWhatItsClientSays()
    {
        await redis.CliAsync("SET", "some key", "ünï");
        var status = await Environment.RunAsync("redis.get_status", new { });
        (await redis.CliAsync("INFO", "server")).Should().Contain($"redis_version:{status["version"]!.GetValue<string>()}");
        status["role"]!.GetValue<string>().Should().Be("master");
        status["keys"]!.GetValue<long>().ToString(CultureInfo.InvariantCulture).Should().Be(await redis.CliAsync("DBSIZE"));
        status["usedBytes"]!.GetValue<long>().Should().BePositive();
    }

    [ServerFact(RedisFixture.Program)]
    public async Task ChangeSetting_ThenUndone_IsWhatItWas()
    {
        var input = new { setting = "maxmemory-policy", value = "allkeys-lru" };
        (await Environment.TargetAsync("redis.change_setting", input))!.Id.Should().Be($"redis:default/server/127.0.0.1:{redis.Server.Port}");
        (await Environment.ProbeAsync("redis.change_setting", input)).Should().Be(Probe.DidNotHappen);
        var dry = await Environment.RunAsync("redis.change_setting", input, dryRun: true);
        dry["planned"]![0]!.GetValue<string>().Should().Be("default: CONFIG SET maxmemory-policy allkeys-lru");
        (await redis.CliAsync("CONFIG", "GET", "maxmemory-policy")).Should().EndWith("noeviction");

        var output = await Environment.RunAsync("redis.change_setting", input);
        (await redis.CliAsync("CONFIG", "GET", "maxmemory-policy")).Should().EndWith("allkeys-lru");
        (await Environment.ProbeAsync("redis.change_setting", input)).Should().Be(Probe.Happened);
        await Environment.UndoAsync("redis.change_setting", input, output);
        (await redis.CliAsync("CONFIG", "GET", "maxmemory-policy")).Should().EndWith("noeviction");

        var bad = () => Environment.RunAsync("redis.change_setting", new { setting = "maxmemory-policy", value = "nonsense" });
        (await bad.Should().ThrowAsync<ActivityException>()).Which.Retryable.Should().BeFalse();
        Environment.Invoker("redis.change_setting").Validate(ActivityEnvironment.Json(new { setting = "dir", value = "/etc" })).Should().NotBeEmpty("it could write files elsewhere");
    }

    [ServerFact(RedisFixture.Program)]
    public async Task DisconnectClient_ThatOne_IsGone()
    {
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync("127.0.0.1", redis.Server.Port);
        await tcp.GetStream().WriteAsync("CLIENT SETNAME victim\r\n"u8.ToArray());
        JsonNode victim = null!;
        for (var tries = 0; victim is null; tries++)
        {
            tries.Should().BeLessThan(100);
            victim = (await Environment.RunAsync("redis.list_clients", new { }))["clients"]!.AsArray().FirstOrDefault(client => client!["name"]!.GetValue<string>() == "victim")!;
        }

        var input = new { clientId = victim["id"]!.GetValue<long>() };
        (await Environment.TargetAsync("redis.disconnect_client", input))!.Name.Should().StartWith("victim 127.0.0.1:");
        (await Environment.ProbeAsync("redis.disconnect_client", input)).Should().Be(Probe.DidNotHappen);
        (await Environment.RunAsync("redis.disconnect_client", input, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        (await redis.CliAsync("CLIENT", "LIST")).Should().Contain("name=victim");
        (await Environment.RunAsync("redis.disconnect_client", input))["ended"]!.GetValue<bool>().Should().BeTrue();
        (await redis.CliAsync("CLIENT", "LIST")).Should().NotContain("name=victim");
        (await Environment.ProbeAsync("redis.disconnect_client", input)).Should().Be(Probe.Happened);
        await FluentActions.Awaiting(() => Environment.TargetAsync("redis.disconnect_client", input)).Should().ThrowAsync<ActivityException>();
    }

    [ServerFact(RedisFixture.Program)]
    public async Task SaveData_Changed_IsOnTheDisk()
    {
        await redis.CliAsync("SET", "kept", "1");
        var file = Path.Combine(redis.Server.Data, "dump.rdb");
        File.Delete(file);
        (await Environment.RunAsync("redis.save_data", new { }, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        File.Exists(file).Should().BeFalse();
        var output = await Environment.RunAsync("redis.save_data", new { });
        File.Exists(file).Should().BeTrue();
        output["savedAt"]!.GetValue<DateTimeOffset>().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture).Should().Be(await redis.CliAsync("LASTSAVE"));
        (await Environment.RunAsync("redis.get_status", new { }))["unsavedChanges"]!.GetValue<long>().Should().Be(0);
    }

    [ServerFact(RedisFixture.Program)]
    public async Task ListSlowCommands_SlowOne_IsThereWithoutItsValue()
    {
        await redis.CliAsync("CONFIG", "SET", "slowlog-log-slower-than", "0");
        await redis.CliAsync("SET", "slow-key", "value-of-others");
        await redis.CliAsync("CONFIG", "SET", "slowlog-log-slower-than", "10000");
        var commands = (await Environment.RunAsync("redis.list_slow_commands", new { count = 10 }))["commands"]!.AsArray();
        commands.Should().Contain(command => command!["command"]!.GetValue<string>() == "SET slow-key");
        commands.ToJsonString().Should().NotContain("value-of-others");
    }

    [ServerFact(RedisFixture.Program)]
    public async Task Connection_TlsAndUser_AnswersAndStrangersAreRefused()
    {
        (await Environment.RunAsync("redis.get_status", new { connection = "tls" }))["version"]!.GetValue<string>().Should().NotBeEmpty();
        var test = Environment.Connections.Single(connection => connection.Tool == "Redis");
        (await test.TestAsync("tls", default)).Should().Match<ConnectionReport>(report => report.Reachable && report.Version!.StartsWith("7."));
        var stranger = () => Environment.RunAsync("redis.get_status", new { connection = "stranger" });
        (await stranger.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("certificate"));
        var wrong = () => Environment.RunAsync("redis.get_status", new { connection = "wrong" });
        (await wrong.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("WRONGPASS") && !failure.Message.Contains("wrong-redis-pw"));
    }
}
