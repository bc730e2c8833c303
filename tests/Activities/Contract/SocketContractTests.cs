using FluentAssertions;
using Homelab.Activities;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Contract;

/// <summary>What every activity with a socket of its own does when the other side misbehaves, and what a hostile text becomes on the wire.</summary>
public sealed class SocketContractTests
{
    public static TheoryData<string> Ids => [.. Tools.OverSockets.Select(activity => activity.Id)];

    public static TheoryData<string> Effects => [.. Tools.OverSockets.Where(activity => activity.Effect != Effect.None).Select(activity => activity.Id)];

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_GarbageAnswer_FailsForGoodInWords(string id)
    {
        await using var server = new FakeSocket { Answer = _ => Encoding.UTF8.GetBytes($"\u0001garbage {Tools.Secret}\r\n\r\n") };
        var failure = await FailureAsync(id, server.Port);
        failure.Retryable.Should().BeFalse(failure.Message);
        failure.ToString().Should().NotContain(Tools.Secret);
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_SilentServer_EndsAtTheDeadline(string id)
    {
        await using var server = new FakeSocket { Answer = _ => null };
        var failure = await FailureAsync(id, server.Port, timeoutSeconds: 1);
        (failure.Retryable, failure.Kind).Should().Be((true, FailureKind.Timeout), failure.Message);
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_NothingListens_IsRetryable(string id)
    {
        var failure = await FailureAsync(id, RealServer.FreePort(), timeoutSeconds: 2);
        (failure.Retryable, failure.Kind).Should().Be((true, FailureKind.Connect), failure.Message);
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_Cancelled_HangsUp(string id)
    {
        await using var server = new FakeSocket { Answer = _ => null };
        using var environment = Environment(id, server.Port, 30);
        using var cancel = new CancellationTokenSource();
        var running = environment.Invoker(id).ExecuteAsync(ActivityEnvironment.Json(Tools.Sample(Find(id))), ActivityEnvironment.Context(), cancel.Token);
        await server.Asked.WaitAsync(TimeSpan.FromSeconds(20));
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        await server.HungUpAsync();
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_UnknownConnection_NamesThoseThereAre(string id)
    {
        using var environment = Environment(id, 9, 2);
        var input = Tools.Sample(Find(id));
        input["connection"] = "elsewhere";
        var failure = (await FluentActions.Awaiting(() => environment.RunAsync(id, input)).Should().ThrowAsync<ActivityException>()).Which;
        failure.Message.Should().Contain("'elsewhere'").And.Contain("default");
        failure.Retryable.Should().BeFalse();
    }

    [Theory, MemberData(nameof(Effects))]
    public async Task Execute_DryRun_SaysNothingThatChanges(string id)
    {
        await using var server = new FakeSocket { Answer = Plausible };
        using var environment = Environment(id, server.Port, 5);
        var input = ActivityEnvironment.Json(Tools.Sample(Find(id)));
        try
        {
            await environment.Invoker(id).ExecuteAsync(input, ActivityEnvironment.Context(dryRun: true), default);
            await environment.Invoker(id).TargetAsync(input, ActivityEnvironment.Context(), default);
            await environment.Invoker(id).ProbeAsync(input, ActivityEnvironment.Context(), default);
        }
        catch (ActivityException)
        {
            // The fake knows no real names; only what was said counts here.
        }

        server.Commands.Where(command => !Reads(command)).Should().BeEmpty();
    }

    /// <summary>Whatever a text holds, the other side sees the commands of a plain text: as many, the same words first.</summary>
    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_HostileText_IsNoOtherCommand(string id)
    {
        await using var server = new FakeSocket { Answer = Plausible };
        using var environment = Environment(id, server.Port, 5);
        await TryAsync(environment, id, Tools.Sample(Find(id)));
        var verbs = server.Commands.Select(Verb).ToHashSet();
        foreach (var (hostile, input) in InjectionTests.Inputs(id))
        {
            var before = server.Commands.Count;
            await TryAsync(environment, id, input);
            server.Commands.Skip(before).Select(Verb).Should().BeSubsetOf(verbs, $"{id} with {hostile}");
        }
    }

    /// <summary>What is asked first, in words: a command of Redis or HAProxy, the operation of a DNS message.</summary>
    private static string Verb(string command) => command.Split(' ') switch
    {
        ["DNS", var operation, ..] => operation,
        ["show" or "set" or "CONFIG" or "CLIENT" or "SLOWLOG", ..] words => $"{words[0]} {words[1]} x{(words[0] is "show" or "set" ? words.Length : 0)}",
        var words => words[0],
    };

    private static bool Reads(string command) => Verb(command) is "AUTH" or "INFO" or "CONFIG GET x0" or "CLIENT LIST x0" or "SLOWLOG GET x0" or "show stat x2" or "show info x2" or "Query";

    private static byte[]? Plausible(string command) => Encoding.UTF8.GetBytes(command switch
    {
        _ when command.StartsWith("DNS", StringComparison.Ordinal) => "",
        "show stat" => "# pxname,svname,status,type,weight,uweight,\nweb,web1,UP,2,1,1,\nweb,web2,UP,2,1,1,\n",
        _ when command.StartsWith("show", StringComparison.Ordinal) || command.StartsWith("set", StringComparison.Ordinal) => "\n",
        _ when command.StartsWith("CONFIG GET", StringComparison.Ordinal) => "*2\r\n$1\r\nx\r\n$1\r\n1\r\n",
        "CLIENT LIST" => "$37\r\nid=7 addr=127.0.0.1:1 name= age=1 idl=1\r\n",
        "INFO" => "$72\r\nredis_version:7\r\nrdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:ok\r\n\r\n\r\n",
        _ => "+OK\r\n",
    });

    private static ActivityDescriptor Find(string id) => ActivityCatalog.All.Single(activity => activity.Id == id);

    private static ActivityEnvironment Environment(string id, int port, int timeoutSeconds)
    {
        var tool = Find(id).Tool;
        var environment = new ActivityEnvironment([.. Tools.Sockets[tool](port), ($"Activities:{tool}:default:TimeoutSeconds", $"{timeoutSeconds}")]);
        environment.Get<Secrets>().Remember(Tools.Secret);
        return environment;
    }

    private static async Task<ActivityException?> TryAsync(ActivityEnvironment environment, string id, JsonObject input)
    {
        try
        {
            await environment.RunAsync(id, input);
            return null;
        }
        catch (ActivityException exception)
        {
            return exception;
        }
    }

    private static async Task<ActivityException> FailureAsync(string id, int port, int timeoutSeconds = 30)
    {
        using var environment = Environment(id, port, timeoutSeconds);
        return await TryAsync(environment, id, Tools.Sample(Find(id))) ?? throw new InvalidOperationException($"{id} must fail.");
    }
}

/// <summary>A TCP and UDP port that takes commands of Redis, lines and DNS messages, records them, and answers as told: null is silence.</summary>
internal sealed class FakeSocket : IAsyncDisposable
{
    private readonly TcpListener _tcp = new(IPAddress.Loopback, 0);
    private readonly UdpClient _udp;
    private readonly CancellationTokenSource _ends = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _commands = new();
    private readonly System.Collections.Concurrent.ConcurrentBag<Task> _connections = [];
    private readonly Task[] _loops;

    public FakeSocket()
    {
        _tcp.Start();
        _udp = new(new IPEndPoint(IPAddress.Loopback, Port));
        _loops = [AcceptAsync(), ReceiveAsync()];
    }

    public required Func<string, byte[]?> Answer { get; init; }

    public int Port => ((IPEndPoint)_tcp.LocalEndpoint).Port;

    public Task Asked => _asked.Task;

    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>Every connection was ended by the other side. Over UDP there is none.</summary>
    public Task HungUpAsync() => Task.WhenAll(_connections).WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        _tcp.Stop();
        await Task.WhenAll([.. _loops, .. _connections]);
        _udp.Dispose();
        _ends.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _tcp.AcceptTcpClientAsync(_ends.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var asked = await _udp.ReceiveAsync(_ends.Token);
                var command = Dns(asked.Buffer);
                See(command);
                // A name that is not there, so that an activity goes on to what it changes; or what the test says.
                if (Answer(command) is { } answer)
                {
                    byte[] sent = answer.Length > 0 ? [asked.Buffer[0], asked.Buffer[1], .. answer] : [asked.Buffer[0], asked.Buffer[1], 0x81, 0x83, .. asked.Buffer[4..]];
                    await _udp.SendAsync(sent, asked.RemoteEndPoint);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        var read = new List<byte>();
        var buffer = new byte[4096];
        try
        {
            var stream = client.GetStream();
            int count;
            while ((count = await stream.ReadAsync(buffer, _ends.Token)) > 0)
            {
                read.AddRange(buffer.AsSpan(0, count));
                while (Take(read) is { } command)
                {
                    See(command);
                    if (Answer(command) is not { } answer)
                        continue;
                    if (command.StartsWith("DNS", StringComparison.Ordinal))
                        answer = [(byte)(answer.Length >> 8), (byte)answer.Length, .. answer];
                    await stream.WriteAsync(answer, _ends.Token);
                    // HAProxy ends the connection with its answer; garbage ends too.
                    if (command.StartsWith("show", StringComparison.Ordinal) || command.StartsWith("set", StringComparison.Ordinal) || command.StartsWith("DNS", StringComparison.Ordinal))
                        return;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It hung up, or the test is over.
        }
    }

    private void See(string command)
    {
        _commands.Enqueue(command);
        _asked.TrySetResult();
    }

    /// <summary>The next whole command, taken away from what was read.</summary>
    private static string? Take(List<byte> read)
    {
        if (read.Count == 0)
            return null;
        if (read[0] == '*')
            return TakeResp(read);
        if (read[0] < 0x20)
        {
            var length = read.Count < 2 ? int.MaxValue : (read[0] << 8) | read[1];
            if (read.Count - 2 < length)
                return null;
            var message = read.GetRange(2, length).ToArray();
            read.RemoveRange(0, 2 + length);
            return Dns(message);
        }

        var end = read.IndexOf((byte)'\n');
        if (end < 0)
            return null;
        var line = Encoding.UTF8.GetString([.. read.GetRange(0, end)]);
        read.RemoveRange(0, end + 1);
        return line;
    }

    private static string? TakeResp(List<byte> read)
    {
        var at = 0;
        if (Number(read, ref at) is not { } count)
            return null;
        List<string> words = [];
        for (var index = 0; index < count; index++)
        {
            if (Number(read, ref at) is not { } length || read.Count < at + length + 2)
                return null;
            words.Add(Encoding.UTF8.GetString([.. read.GetRange(at, length)]));
            at += length + 2;
        }

        read.RemoveRange(0, at);
        return string.Join(' ', words);
    }

    private static int? Number(List<byte> read, ref int at)
    {
        var end = at < read.Count ? read.IndexOf((byte)'\n', at) : -1;
        if (end < 0)
            return null;
        var number = int.Parse(Encoding.UTF8.GetString([.. read.GetRange(at + 1, end - at - 2)]), System.Globalization.CultureInfo.InvariantCulture);
        at = end + 1;
        return number;
    }

    private static string Dns(byte[] message) => $"DNS {(message.Length > 2 ? (message[2] >> 3) switch { 0 => "Query", 5 => "Update", _ => "Other" } : "Short")}";
}
