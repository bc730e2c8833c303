namespace Homelab.Engine.Dispatch;

/// <summary>Thrown by crash points in tests: the node is dead from here on and must not tidy up.</summary>
internal sealed class SimulatedCrashException(int point) : Exception($"Crashed at point {point}, as the test asked.");
