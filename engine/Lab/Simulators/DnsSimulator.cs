using System.Net;
using System.Net.Sockets;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>A DNS server on a loopback port (RFC 1035, UDP): every name has one address while the resolver works, and nobody answers while it does not.</summary>
internal sealed class DnsSimulator : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _answering;

    public DnsSimulator(World.Homelab homelab, Resolver resolver)
    {
        resolver.Address = _socket.Client.LocalEndPoint!.ToString()!; // it is bound
        _answering = AnswerAsync(homelab, resolver);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _answering;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task AnswerAsync(World.Homelab homelab, Resolver resolver)
    {
        try
        {
            while (true)
            {
                var asked = await _socket.ReceiveAsync(_stopping.Token);
                bool answers;
                lock (homelab.Sync)
                    answers = homelab.Answers(resolver);
                if (!answers || asked.Buffer.Length < 17)
                    continue;
                // The question as it came, then: the name of the question, type A, class IN, a minute, 10.0.0.11.
                byte[] answer = [.. asked.Buffer, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 11];
                (answer[2], answer[3], answer[7]) = (0x81, 0x80, 1);
                await _socket.SendAsync(answer, asked.RemoteEndPoint, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // It is stopped.
        }
    }
}
