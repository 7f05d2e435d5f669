// usage: node read.mjs FILE FRAMES FPS: prints as JSON what three.js finds in a .glb, .bvh, .fbx or .vrma.
// Joints by name: x, y, z in the world for each frame; every 100th vertex of each skinned mesh likewise.
import { readFileSync } from 'node:fs'

globalThis.self = globalThis
globalThis.window = globalThis
globalThis.document = { createElementNS: () => ({ style: {} }) }

const THREE = await import('three')
const [path, frames, fps] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const bytes = readFileSync(path)
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
const readers = { glb: readGltf, vrma: readVrma, bvh: readBvh, fbx: readFbx }
console.log(JSON.stringify(await readers[path.split('.').pop()]()))

async function readGltf () {
  const { GLTFLoader } = await import('three/addons/loaders/GLTFLoader.js')
  const gltf = await new GLTFLoader().parseAsync(buffer, '')
  return played(gltf.scene, gltf.scene, gltf.animations[0])
}

async function readBvh () {
  const { BVHLoader } = await import('three/addons/loaders/BVHLoader.js')
  const { skeleton, clip } = new BVHLoader().parse(bytes.toString())
  return played(skeleton.bones[0], skeleton.bones[0], clip)
}

async function readFbx () {
  const { FBXLoader } = await import('three/addons/loaders/FBXLoader.js')
  const scene = new FBXLoader().parse(buffer, '')
  return played(scene, scene, scene.animations[0])
}

async function readVrma () {
  const { GLTFLoader } = await import('three/addons/loaders/GLTFLoader.js')
  const { VRMAnimationLoaderPlugin } = await import('@pixiv/three-vrm-animation')
  const loader = new GLTFLoader()
  loader.register((parser) => new VRMAnimationLoaderPlugin(parser))
  const [animation] = (await loader.parseAsync(buffer, '')).userData.vrmAnimations
  const sampled = (track, size) => {
    const values = Array.from(track.values)
    return Array.from({ length: values.length / size }, (_, frame) => values.slice(frame * size, (frame + 1) * size))
  }
  const tracks = [...animation.humanoidTracks.rotation]
  return {
    duration: animation.duration,
    restHips: animation.restHipsPosition.toArray(),
    hips: sampled(animation.humanoidTracks.translation.get('hips'), 3),
    rotations: Object.fromEntries(tracks.map(([bone, track]) => [bone, sampled(track, 4)]))
  }
}

function played (scene, root, clip) {
  const mixer = new THREE.AnimationMixer(root)
  const action = mixer.clipAction(clip)
  action.setLoop(THREE.LoopOnce)
  action.clampWhenFinished = true
  action.play()
  const joints = {}
  const vertices = []
  for (let frame = 0; frame < frames; frame++) {
    mixer.setTime(frame / fps)
    scene.updateMatrixWorld(true)
    const points = []
    scene.traverse((node) => {
      if (node.isBone) (joints[node.name] ??= []).push(node.getWorldPosition(new THREE.Vector3()).toArray())
      if (node.isSkinnedMesh) points.push(...everyHundredth(node))
    })
    vertices.push(points)
  }
  return { duration: clip.duration, joints, vertices }
}

function everyHundredth (mesh) {
  mesh.skeleton.update()
  const points = []
  for (let vertex = 0; vertex < mesh.geometry.attributes.position.count; vertex += 100) {
    points.push(mesh.getVertexPosition(vertex, new THREE.Vector3()).applyMatrix4(mesh.matrixWorld).toArray())
  }
  return points
}
